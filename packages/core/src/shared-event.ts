import type { Arrival } from './base-queue.ts'
import { CalledHandle } from './called-handle.ts'
import { defineHandle, HANDLE } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import { type InteropObservable, OBSERVABLE } from './observable.ts'
import { CLEAR, IS_SET, SET, WAIT } from './primitives/event.ts'
import { Watching } from './watching.ts'

/** What this process knows of the flag; apart from the handle, which may become garbage before. */
interface Known {
  isSet: boolean | undefined
}

/**
 * A flag that processes set, clear and wait for: Python's `multiprocessing.Event`. It is not set at first. The name
 * leaves `Event` to the DOM.
 *
 * What a process did before `set()` is seen by whoever `wait()` has let go.
 *
 * @example
 * const ready = new SharedEvent()
 * await ready.set()
 * console.log(await ready.wait({ timeout: 1_000 })) // true
 */
export class SharedEvent extends CalledHandle {
  readonly #watching: Watching<boolean>
  readonly #known: Known

  constructor()
  /** @internal */
  constructor(arrival: Arrival | undefined)
  constructor(arrival?: Arrival) {
    const watching = new Watching<boolean>()
    const known: Known = { isSet: arrival === undefined ? false : undefined }
    super('event', {}, arrival, (news) => {
      known.isSet = news as boolean
      watching.hear(news as boolean)
    })
    this.#watching = watching
    this.#known = known
  }

  /** Whether it is set: Python's `is_set`. */
  async isSet(): Promise<boolean> {
    return this.#knows((await this.channel.call(IS_SET)) as boolean)
  }

  /** Sets it; everybody who waits goes on. Resolves when the others can see it. */
  async set(): Promise<void> {
    await this.channel.call(SET)
    this.#knows(true)
  }

  /** From now on `wait` waits again. */
  async clear(): Promise<void> {
    await this.channel.call(CLEAR)
    this.#knows(false)
  }

  /**
   * Waits until it is set. Resolves with true, or after `timeout` ms with false.
   *
   * @throws ClosedError after `close()`
   */
  async wait(options?: WaitOptions): Promise<boolean> {
    const isSet = await this.channel.wait({ operation: WAIT, expired: () => false }, options)
    if (isSet) this.#knows(true)
    return isSet
  }

  /** Whether it is set, now and whenever that changes: `from(event)` of RxJS works. */
  [OBSERVABLE](): InteropObservable<boolean> {
    return this.#watching.observable(this.channel)
  }

  /** With what this process knew last of the flag. */
  override toString(): string {
    const { isSet } = this.#known
    return `SharedEvent ${this[HANDLE].id} ${isSet === undefined ? 'not asked yet' : isSet ? 'set' : 'unset'}`
  }

  #knows(isSet: boolean): boolean {
    this.#known.isSet = isSet
    return isSet
  }
}

defineHandle('event', (context, id) => new SharedEvent({ context, id }))
