import { type Arrival, placeOf } from './base-queue.ts'
import { CallChannel } from './call-channel.ts'
import type { Context } from './context.ts'
import type { MillraceError } from './errors.ts'
import { releaseNow, releaseWhenGarbage } from './garbage.ts'
import { HANDLE, type HandleState } from './handle.ts'
import { type InteropObservable, OBSERVABLE } from './observable.ts'
import type { StoredOnWire } from './primitives/stored.ts'
import { pack, StoredValues } from './stored-values.ts'
import { WatchedChanges } from './watched-changes.ts'

/** What SharedMap, SharedList and Namespace have in common. */
export abstract class SharedObject<News> {
  /** @internal */
  readonly [HANDLE]: HandleState
  /** @internal */
  protected readonly stored: StoredValues
  readonly #watching: WatchedChanges<News>

  /**
   * @internal
   * @param init the values that it begins with, and the operation that takes them
   * @param read makes news of what the hub tells; must not hold the handle
   */
  constructor(
    kind: string,
    arrival: Arrival | undefined,
    init: { readonly operation: string; readonly values: readonly unknown[] } | undefined,
    read: (context: Context) => (revision: number, news: unknown) => News,
  ) {
    const { context, id } = placeOf(kind, arrival)
    // What cannot travel is refused before anything is made.
    const packed: StoredOnWire[] = init === undefined ? [] : pack(init.values, context)
    this[HANDLE] = { kind, id, options: {} }
    const watching = new WatchedChanges(context, read(context))
    const options = arrival === undefined ? {} : null
    const channel = new CallChannel(context, this, id, kind, options, watching.onNews, watching.onLost)
    this.#watching = watching
    this.stored = new StoredValues(context, channel)
    if (init !== undefined && packed.length > 0) this.stored.tell(init.operation, packed)
    releaseWhenGarbage(this, { channel, id, mayRelease: () => true })
  }

  /**
   * What changed, whoever changed it: RxJS's `from` takes it. Changes that come in quick succession are one piece of
   * news. Keeps the process from ending while it is subscribed to.
   */
  get changes(): InteropObservable<News> {
    return this.#watching.observable(this.stored.channel, this)
  }

  /** The same as `changes`, for RxJS's `from`. */
  [OBSERVABLE](): InteropObservable<News> {
    return this.changes
  }

  /** @internal Why no operation can ever succeed again, if that is so. */
  get refusal(): MillraceError | undefined {
    return this.stored.channel.refusal
  }

  /** @internal Lets it go, without waiting for the garbage collector to find that out. */
  release(): void {
    releaseNow(this, this.stored.channel, this[HANDLE].id)
  }
}
