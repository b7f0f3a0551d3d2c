import { type Binary, bytesOf } from './binary.ts'
import { readU32, writeU32 } from './bytes.ts'
import { decodeAttached, headOf, isAttached, isBinaryPayload, isReference, payloadSizeOf } from './codec.ts'
import { Deque } from './deque.ts'
import { EmptyError, type MillraceError, ValueError } from './errors.ts'
import { Frame, type ItemRun, LENGTH } from './frame.ts'
import type { Lessee, WaitOptions } from './lessee.ts'
import { FETCH, ITEMS } from './primitives/queue.ts'
import type { Standing } from './standing.ts'

/** Where the bytes of an item lie. */
export interface Payload {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** From this many on, taken items are reported without delay. */
const WORTH_A_REPORT = 128

/** How far behind the count of a SPENT its `idle` lies, in bytes. */
const IDLE_AT = 2 * LENGTH

/** Where a context reports what it took, if not to the hub. */
export interface Bookkeeper {
  reportLater(): void
  spent(count: number, window: number): void
}

/**
 * The items of a channel that are delegated to this context, and what it takes of them.
 *
 * The fast path, an item in hand, decodes it where it lies and returns; all else is a pending operation.
 */
export class Inbox {
  readonly items: Lessee
  /** Items taken so far in this context. */
  taken = 0
  /** The latest item that was taken and could not be decoded, as long as nothing else is done. */
  undecoded: Payload | undefined
  /** Why the latest item could not be taken, where those before it came first: for who takes next. */
  late: { readonly error: unknown } | undefined
  /** Told the number of each taking. */
  onTake: ((number: number) => void) | undefined
  /** Told that one more waits for an item to come without an operation that keeps the context, or one less. */
  onWait: ((change: 1 | -1) => void) | undefined
  /** Told that items have come, whether or not anybody waits for them. */
  onArrival: (() => void) | undefined
  /** Told that items come from elsewhere from now on, where nobody was asked for any. */
  onRestart: (() => void) | undefined
  /** Told that there will be no more. */
  onEnd: ((error: MillraceError) => void) | undefined
  readonly #standing: Standing
  /** Has `report` called before anything else is written, or at the end of the turn. */
  readonly #reportLater: () => void
  readonly #runs = new Deque<ItemRun>()
  #ended: MillraceError | undefined
  #unreported = 0
  /** Their bytes, where bytes are bounded. */
  #unreportedBytes = 0
  /** How many of them there were when the report was last put off. */
  #postponed = 0
  /** Where the count of the latest report lies. More is added to it as long as nothing but items was written after. */
  #reportSlab: Uint8Array = new Uint8Array(0)
  #reportAt = 0
  #reportEpoch = -1
  readonly #worthAReport: number
  /** Bytes, where they are bounded, for which the report does not wait until the turn ends: so much room is missed. */
  readonly #muchToReport: number
  #bookkeeper: Bookkeeper | undefined

  constructor(standing: Standing, items: Lessee, maxsize: number, reportLater: () => void) {
    this.#standing = standing
    this.items = items
    this.#reportLater = reportLater
    this.#muchToReport = standing.maxbytes / 8
    this.#worthAReport = maxsize > 0 ? Math.min(WORTH_A_REPORT, maxsize / 8) : WORTH_A_REPORT
  }

  /** Resolves with what `take` makes of the oldest item, once there is one. */
  get<R>(take: () => R | Promise<R>, options: WaitOptions | undefined): Promise<R> {
    if (options?.signal?.aborted !== true && this.seize()) {
      try {
        return Promise.resolve(take())
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return new Promise((resolve, reject) => this.getLater(() => resolve(take()), reject, options))
  }

  /** Whether there is an item at hand; its token is spent then, and whoever asked has to `take` it. */
  seize(): boolean {
    // Of what user code has by now: told while an item is being taken, others could put before that has arrived.
    if (this.#unreportedBytes > this.#muchToReport) this.#standing.context.turn.flush(true)
    if (this.refusal() !== undefined || !this.items.ready()) return false
    this.items.spend()
    return true
  }

  /** Waits for an item; `serve` has to `take` it. */
  getLater(serve: () => void, reject: (reason: unknown) => void, options: WaitOptions | undefined): void {
    const refusal = this.refusal()
    if (refusal !== undefined) return reject(refusal)
    this.items.wait(
      {
        serve: () => {
          try {
            serve()
          } catch (error) {
            reject(error)
          }
        },
        expire: () => reject(new EmptyError(`${this.#standing.name} stayed empty: nothing was put in time`)),
        fail: reject,
      },
      options,
    )
  }

  /** Resolves with whether there is an item, or will never be one, within the timeout; takes nothing. */
  poll(options: WaitOptions | undefined): Promise<boolean> {
    const refusal = this.#standing.refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    if (this.#ended !== undefined || (this.items.tokens > 0 && this.items.waiting === 0)) return Promise.resolve(true)
    return new Promise((resolve, reject) => {
      const fail = (reason: unknown) => (reason === this.#ended ? resolve(true) : reject(reason))
      this.items.peek({ serve: () => resolve(true), expire: () => resolve(false), fail }, options)
    })
  }

  /**
   * Takes the oldest item in hand; its token must have been spent. An item that was moved comes as a promise if the
   * hub is elsewhere, which no other item does. A field, to be passed along.
   */
  readonly take = (): unknown => {
    this.taken++
    this.onTake?.(this.taken)
    const run = this.#runs.peek()!
    const start = run.start + 4
    const end = this.#pass(run)
    try {
      if (isAttached(run.bytes, start)) return this.#takeAttached(run, start, end)
      return this.#standing.context.decode(run.bytes, start, end)
    } catch (error) {
      this.undecoded = { bytes: run.bytes, start, end }
      throw error
    } finally {
      // Not before: until then the item keeps alive what the handles in it stand for, and decoding opens them.
      this.#spentOne()
    }
  }

  /** Looks at what the oldest item in hand begins with, so many bytes: for who has to prepare for it. */
  look<R>(read: (bytes: Uint8Array, start: number) => R, count: number): R {
    const { bytes, start } = this.#runs.peek()!
    return isReference(bytes, start + 4) ? read(headOf(bytes, start + 4, count), 0) : read(bytes, start + 4)
  }

  /** Takes the oldest item in hand without a look at it; its token must have been spent. */
  skip(): void {
    const run = this.#runs.peek()!
    if (isAttached(run.bytes, run.start + 4)) run.fetches?.shift()
    this.#pass(run)
    this.#spentOne()
  }

  /** Goes on to the next item in hand, and returns where the last one ends. */
  #pass(run: ItemRun): number {
    const start = run.start + 4
    const end = start + readU32(run.bytes, run.start)
    run.start = end
    if (this.#standing.maxbytes > 0) this.#unreportedBytes += payloadSizeOf(run.bytes, start, end)
    if (--run.count === 0) this.#runs.shift()
    return end
  }

  #takeAttached({ bytes, fetches }: ItemRun, start: number, end: number): unknown {
    if (fetches === undefined) return this.#fetch(bytes, start, end)
    const buffers = fetches.shift()?.()
    if (buffers === undefined) throw new ValueError(`the buffers of an item of ${this.#standing.name} have gone`)
    return decodeAttached(bytes, start, end, this.#standing.context, buffers)
  }

  /** What was moved is fetched where it waits: the one kind of item that is not here when it is taken. */
  async #fetch(bytes: Uint8Array, start: number, end: number): Promise<unknown> {
    const { context, number } = this.#standing
    return decodeAttached(bytes, start, end, context, await context.fetch(number, FETCH))
  }

  /**
   * As `take`, for bytes; a message of another kind stays.
   * @throws ValueError if it is of another kind
   */
  takeBytes(): Uint8Array | Promise<Uint8Array> {
    const { bytes, start } = this.#runs.peek()!
    if (isBinaryPayload(bytes, start + 4)) {
      const taken = this.take() as Binary | Promise<Binary>
      return taken instanceof Promise ? taken.then(bytesOf) : bytesOf(taken)
    }
    this.items.putBack()
    throw new ValueError(`the next message of ${this.#standing.name} is no bytes but a value: take it with recv()`)
  }

  /** How often the item that `take` returns next was handed out. */
  get nextDeliveries(): number {
    return this.#runs.peek()!.deliveries
  }

  push(run: ItemRun): void {
    this.#runs.push(run)
    this.items.granted(run.count, 0)
    this.onArrival?.()
  }

  /** What is taken from now on is reported there; none: to the hub. All that was taken before has been reported. */
  reportTo(bookkeeper: Bookkeeper | undefined): void {
    this.#bookkeeper = bookkeeper
    this.#reportEpoch = -1
  }

  /** Forgets the items in hand. */
  dropAll(): void {
    this.#runs.clear()
  }

  get hasUnreported(): boolean {
    return this.#unreported > 0
  }

  /** There will be no more items: refuses what waits for one, and whatever follows. */
  end(error: MillraceError): void {
    this.#ended = error
    this.items.fail(error)
    this.onEnd?.(error)
  }

  /** Nothing can be taken any more. */
  lose(error: MillraceError): void {
    this.#runs.clear()
    this.items.fail(error)
    this.onEnd?.(error)
  }

  /** What a `get` is refused with, if it is. */
  refusal(): MillraceError | undefined {
    return this.#standing.refusal() ?? this.#ended
  }

  /** Forgets the newest items in hand: they go back to the hub, which kept them. */
  dropLast(count: number): void {
    for (let left = count; left > 0; ) {
      const run = this.#runs.peekLast()!
      if (run.count <= left) {
        this.#runs.pop()
        left -= run.count
      } else {
        run.count -= left
        left = 0
      }
    }
  }

  /**
   * A trickle of small reports would make the producer trickle in its turn, both waking for every few items. So a
   * report waits for more as long as more arrives, while it is a small part of the bound.
   */
  mayReportLater(): boolean {
    const came = this.#unreported - this.#postponed
    this.#postponed = this.#unreported
    if (came === 0 || this.#unreported >= this.#worthAReport) return false
    return this.#unreportedBytes <= this.#muchToReport
  }

  report(): void {
    const count = this.#unreported
    this.#unreported = 0
    this.#unreportedBytes = 0
    this.#postponed = 0
    this.items.slowDown()
    if (this.#bookkeeper !== undefined) return this.#bookkeeper.spent(count, this.items.window)
    const { context, number } = this.#standing
    const writer = context.begin(Frame.SPENT).u32(number).u32(ITEMS)
    this.#reportSlab = writer.slab
    this.#reportAt = writer.at
    this.#reportEpoch = writer.epoch
    writer.u32(count).u32(this.items.window).u32(0)
    this.#reportIdle()
  }

  /** Says in the latest report whether anybody waits for more. */
  #reportIdle(): void {
    if (!this.items.idle) return
    writeU32(this.#reportSlab, this.#reportAt + IDLE_AT, 1)
    this.items.forgotten()
  }

  #spentOne(): void {
    if (this.#reportEpoch === this.#standing.context.link.writer.epoch) {
      writeU32(this.#reportSlab, this.#reportAt, readU32(this.#reportSlab, this.#reportAt) + 1)
      this.#reportIdle()
    } else if (this.#unreported++ === 0) {
      if (this.#bookkeeper === undefined) this.#reportLater()
      else this.#bookkeeper.reportLater()
    }
  }
}
