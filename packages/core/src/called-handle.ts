import { type Arrival, placeOf } from './base-queue.ts'
import { CallChannel } from './call-channel.ts'
import type { Context } from './context.ts'
import { releaseNow, releaseWhenGarbage } from './garbage.ts'
import { HANDLE, type HandleState } from './handle.ts'

/** Where Node's `inspect` looks for what to show. */
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never

/** What the handles of primitives that are called rather than lent from have in common. */
export abstract class CalledHandle {
  /** @internal */
  readonly [HANDLE]: HandleState
  /** @internal */
  protected readonly context: Context
  /** @internal */
  protected readonly channel: CallChannel

  /**
   * @internal
   * @param options what the primitive is made of, and every holder knows
   * @param onNews must not hold the handle
   */
  constructor(kind: string, options: object, arrival: Arrival | undefined, onNews?: (news: unknown) => void) {
    const { context, id } = placeOf(kind, arrival)
    this.context = context
    this[HANDLE] = { kind, id, options }
    this.channel = new CallChannel(context, this, id, kind, arrival === undefined ? options : null, onNews)
    releaseWhenGarbage(this, { channel: this.channel, id, mayRelease: () => true })
  }

  /**
   * This process uses it no more: what it waits for here is rejected with ClosedError. It goes on for the others.
   * Calling it twice does no harm.
   */
  async close(): Promise<void> {
    if (!this.channel.closed) releaseNow(this, this.channel, this[HANDLE].id)
  }

  /** Calls `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** What it is and which one, for messages. */
  toString(): string {
    return this.channel.name
  }

  /** @internal */
  [INSPECT](): string {
    return this.toString()
  }
}
