import { offAbort, onAbort } from './abort-signal.ts'
import type { Block } from './arena.ts'
import { LONGEST_MS } from './clock.ts'
import type { Channel, Context } from './context.ts'
import { settleWith } from './deferred.ts'
import { type MillraceError, ProtocolError, ValueError } from './errors.ts'
import { Frame } from './frame.ts'
import type { WaitOptions } from './lessee.ts'
import { refusedWait } from './options.ts'
import { CALLS, EXPIRED } from './primitives/waiters.ts'
import { Standing } from './standing.ts'
import { whoIs } from './who-is.ts'

/** A call that may have to wait until something happens at the primitive. */
export interface WaitingCall<T> {
  readonly operation: string
  readonly args?: readonly unknown[]
  /** What it resolves with if nothing happens in time. */
  readonly expired: () => T
  /** It happened all the same, but nobody waited for it any more: sees to it that it is not lost. */
  readonly unclaimed?: (answer: unknown) => void
  /**
   * Whether it happened in time is for the hub alone to say: who gives up waits for the answer all the same, and has not
   * given up if it happened.
   */
  readonly exact?: boolean
}

const NOTHING = new Uint8Array(0)

/**
 * This context's end of a primitive that delegates nothing: everything is asked of the hub, and news comes unasked.
 *
 * A call that waits has a ticket, by which it can be cancelled. It is settled here, at once, when its time is over or its
 * signal is aborted, and whatever answer crosses that goes to `unclaimed`; or, if it is `exact`, when the hub says which
 * of the two came first.
 */
export class CallChannel implements Channel {
  readonly #standing: Standing
  readonly #onNews: ((news: unknown) => void) | undefined
  readonly #onLost: ((error: MillraceError) => void) | undefined
  #lastTicket = 0
  #operations = 0
  #onIdle: (() => void) | undefined
  /** Ends what waits, when the channel is closed. */
  readonly #waiting = new Set<(reason: MillraceError) => void>()

  /**
   * @param handle what the id stands for in this context; undefined: nothing, or what it did before
   * @param options what makes the primitive, or null if it exists
   * @param onNews what to do with the primitive's news; must not hold the handle
   * @param onLost what to do when no operation can succeed any more; must not hold it either
   */
  constructor(
    context: Context,
    handle: object | undefined,
    id: string,
    kind: string,
    options: object | null,
    onNews?: (news: unknown) => void,
    onLost?: (error: MillraceError) => void,
  ) {
    this.#standing = new Standing(context, `${kind} ${id}`, 0)
    this.#onNews = onNews
    this.#onLost = onLost
    this.#standing.number = context.open(this, handle, id, kind, options, whoIs(context))
  }

  get name(): string {
    return this.#standing.name
  }

  get closed(): boolean {
    return this.#standing.closed
  }

  /** What operations are refused with, if they are. */
  get refusal(): MillraceError | undefined {
    return this.#standing.refusal()
  }

  /** Rejects with the error that the primitive answers. */
  call(operation: string, ...args: unknown[]): Promise<unknown> {
    return this.#counted((context, number) => context.call(number, operation, ...args))
  }

  /** As `call`, for buffers that come along with the answer: none, if they cannot. */
  fetch(operation: string): Promise<readonly ArrayBuffer[]> {
    return this.#counted((context, number) => context.fetch(number, operation))
  }

  /** Gives the primitive a block of this context's part of the arena, to keep it until nobody needs it. */
  giveBlock({ offset, size }: Block): void {
    const frame = this.#standing.context.begin(Frame.PUT_BLOCK)
    frame.u32(this.#standing.number).u32(offset).u32(size).sized(NOTHING)
  }

  /** Gives the primitive buffers, to share them. */
  giveBuffers(buffers: readonly ArrayBufferLike[]): void {
    const frame = this.#standing.context.begin(Frame.PUT_MOVED)
    frame.u32(this.#standing.number).u32(buffers.length).u32(0).sized(NOTHING)
    for (const buffer of buffers) frame.attach(buffer, buffer.byteLength)
  }

  /** Says something of which nothing comes back. */
  tell(operation: string, ...args: unknown[]): void {
    this.call(operation, ...args).catch(() => {})
  }

  wait<T>(call: WaitingCall<T>, options: WaitOptions | undefined): Promise<T> {
    const refusal = this.#standing.refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    const refused = refusedWait(options)
    if (refused !== undefined) return Promise.reject(refused)
    const { timeout, signal } = options ?? {}
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) =>
      this.#wait(call, timeout, signal, resolve as (value: unknown) => void, reject),
    )
  }

  #wait<T>(
    { operation, args = [], expired, unclaimed, exact = false }: WaitingCall<T>,
    timeout: number | undefined,
    signal: WaitOptions['signal'],
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ): void {
    const { clock } = this.#standing.context
    const nowait = timeout !== undefined && !(timeout > 0)
    this.#lastTicket = (this.#lastTicket + 1) >>> 0 || 1
    const ticket = this.#lastTicket
    let live = true
    /** What becomes of it, unless it happened: it has given up. */
    let verdict = () => settleWith(expired, resolve, reject)
    const end = () => {
      live = false
      this.#waiting.delete(closed)
      if (signal !== undefined) offAbort(signal, aborted)
      if (timer !== undefined) clock.clearTimer(timer)
    }
    const giveUp = (settle: () => void) => {
      end()
      this.#cancel(ticket)
      if (exact) verdict = settle
      else settle()
    }
    const aborted = () => giveUp(() => reject(signal?.reason))
    const closed = (reason: MillraceError) => giveUp(() => reject(reason))
    const timer =
      timeout === undefined || nowait || timeout > LONGEST_MS
        ? undefined
        : clock.setTimer(() => giveUp(() => settleWith(expired, resolve, reject)), timeout)
    this.#waiting.add(closed)
    if (signal !== undefined) onAbort(signal, aborted)
    this.call(operation, ticket, nowait, ...args).then(
      (answer) => {
        const inTime = live
        if (live) end()
        if (answer === EXPIRED) verdict()
        else if (inTime || exact) resolve(answer)
        else unclaimed?.(answer)
      },
      (reason) => {
        if (!live) return verdict()
        end()
        reject(reason)
      },
    )
  }

  /** Operations end, and no more begin; the primitive goes on for others. */
  close(): void {
    const { closed } = this.#standing
    if (closed) return
    this.#standing.closed = true
    const reason = this.#standing.refusal()!
    for (const end of [...this.#waiting]) end(reason)
  }

  whenIdle(idle: () => void): void {
    if (this.#operations === 0) idle()
    else this.#onIdle = idle
  }

  release(id: string): void {
    if (this.#standing.lost === undefined) this.#standing.context.release(this.#standing.number, id)
  }

  onNotice(news: unknown): void {
    if (news === 'gone') this.lost(new ValueError(`${this.name} is gone: nobody held it any more`))
    else this.#onNews?.(news)
  }

  /** What waits at the hub is not answered any more. */
  lost(error: MillraceError): void {
    if (this.#standing.lost !== undefined) return
    this.#standing.lost = error
    for (const end of [...this.#waiting]) end(error)
    this.#onLost?.(error)
  }

  onGrant(): void {
    throw new ProtocolError(`${this.name} delegates nothing`)
  }

  onItems(): void {
    throw new ProtocolError(`${this.name} delegates nothing`)
  }

  onDeny(): void {}
  onRecall(): void {}
  report(): void {}

  mayReportLater(): boolean {
    return false
  }

  waitingPuts(): undefined {
    return undefined
  }

  waiting(): string | undefined {
    return this.#waiting.size > 0 ? `${this.#waiting.size} for ${this.name}` : undefined
  }

  #cancel(ticket: number): void {
    if (this.#standing.lost !== undefined) return
    this.#standing.context.begin(Frame.CANCEL).u32(this.#standing.number).u32(CALLS).u32(ticket)
  }

  async #counted<T>(ask: (context: Context, number: number) => Promise<T>): Promise<T> {
    const { refusal } = this
    if (refusal !== undefined) throw refusal
    this.#operations++
    try {
      return await ask(this.#standing.context, this.#standing.number)
    } finally {
      this.#settled()
    }
  }

  #settled(): void {
    if (--this.#operations > 0) return
    const idle = this.#onIdle
    this.#onIdle = undefined
    idle?.()
  }
}
