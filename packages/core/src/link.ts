import { DisconnectedError, type MillraceError, ProtocolError } from './errors.ts'
import { FrameReader } from './frame-reader.ts'
import { FrameWriter } from './frame-writer.ts'
import type { Attachment, Fetch, Transport } from './transport.ts'
import type { Turn } from './turn.ts'

/** What stands behind a link: the hub's record of a peer, or a peer's context. */
export interface LinkReceiver {
  /** Throws `ProtocolError` at what the protocol forbids, and nothing else. */
  onFrame(type: number, bytes: Uint8Array, start: number, end: number): void
  /**
   * The last chance to write before a batch leaves. True: the batch had better wait for more, until the turn ends, or,
   * if it is ending, for the end of the next. `early`: the turn goes on; `size`: the bytes that are to leave.
   */
  onFlush(early: boolean, size: number): boolean
  /** Called once; `error` tells why if it was not the other side's end. */
  onClose(error: MillraceError | undefined): void
}

/** Who waits for the answer to one request; exactly one of the two is called, once. */
export interface Request {
  /** `failed` tells whether the payload is an error. */
  answered(failed: boolean, bytes: Uint8Array, start: number, end: number): void
  lost(error: DisconnectedError): void
}

/**
 * One peer: everything written in a turn leaves as one batch; answers find their requests; death is noticed.
 *
 * A link never buffers more than what its users write: they hold tokens for it (see `lease.ts`), and while the
 * transport is behind the batch waits here.
 *
 * Invariant: after `onClose` no frame is received and nothing is sent.
 */
export class Link {
  readonly writer = new FrameWriter()
  readonly #transport: Transport
  readonly #receiver: LinkReceiver
  readonly #turn: Turn
  readonly #reader: FrameReader
  readonly #requests = new Map<number, Request>()
  /** Those that came and whose frames have not been read. */
  readonly #attachments: Attachment[] = []
  #lastRequest = 0
  #state: 'open' | 'closed' = 'open'
  #loss: DisconnectedError | undefined
  #scheduled = false
  /** Its flush waits for the end of a turn, because there was nothing that could not. */
  #postponed = false
  #behind = false
  #ending = false

  constructor(transport: Transport, receiver: LinkReceiver, turn: Turn, maxFrame?: number) {
    this.#transport = transport
    this.#receiver = receiver
    this.#turn = turn
    this.#reader = new FrameReader((type, bytes, start, end) => {
      receiver.onFrame(type, bytes, start, end)
      return this.#state === 'open'
    }, maxFrame)
  }

  /** Whether buffers can go along as they are. */
  get attaches(): boolean {
    return this.#transport.attaches
  }

  /** Whether shared buffers can. */
  get shares(): boolean {
    return this.#transport.shares === true
  }

  /** The buffers that came along with the frame that is being read; whoever takes shared ones sees that they are. */
  takeBuffers(count: number): ArrayBuffer[] {
    return this.#takeAttached(count, (each): each is ArrayBuffer => typeof each !== 'function')
  }

  /** The ways to buffers in this context that did. */
  takeFetches(count: number): Fetch[] {
    return this.#takeAttached(count, (each) => typeof each === 'function')
  }

  #takeAttached<T extends Attachment>(count: number, isAnnounced: (each: Attachment) => each is T): T[] {
    const taken = this.#attachments.splice(0, count).filter(isAnnounced)
    if (taken.length < count) throw new ProtocolError(`${count} attachments announced, ${taken.length} came`)
    return taken
  }

  get local(): boolean {
    return !this.#transport.remote
  }

  /** Whether everything that was written has left this context: it cannot take that along when it is killed. */
  get hasLeft(): boolean {
    return this.writer.size === 0 && this.#transport.holdsBack !== true
  }

  get closed(): boolean {
    return this.#state === 'closed'
  }

  /** Why it is closed. */
  get loss(): DisconnectedError {
    return this.#loss ?? disconnected()
  }

  /** Starts receiving. Apart from the constructor, so that the receiver can hold the link by then. */
  open(): void {
    this.#transport.listen({
      onBytes: (chunk, attachments) => this.#receive(chunk, attachments),
      onDrain: () => {
        this.#behind = false
        this.flush()
      },
      onClose: () => this.close(),
    })
  }

  /** The writer, with a flush to come. Call it for every frame. */
  write(): FrameWriter {
    if (this.#postponed) this.#recall()
    this.schedule()
    return this.writer
  }

  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#turn.schedule(this)
  }

  flush(early = false): void {
    this.#scheduled = this.#postponed = false
    if (this.#state === 'closed') return void this.writer.take()
    if (this.#behind) return
    if (this.#receiver.onFlush(early, this.writer.size)) return this.#postpone()
    if (this.writer.size > 0) {
      const attachments = this.writer.takeAttachments()
      if (!this.#transport.send(this.writer.take(), attachments)) this.#behind = true
    }
    if (this.#ending) this.close()
  }

  /** Closes the link as soon as everything that was written has left. */
  end(): void {
    this.#ending = true
    this.flush()
  }

  #postpone(): void {
    this.#scheduled = this.#postponed = true
    this.#turn.postpone(this)
  }

  /** What is written now does not wait for that; unless that is being waited for no more, and its flush is to come. */
  #recall(): void {
    this.#postponed = false
    this.#scheduled = !this.#turn.recall(this)
  }

  /** As `flush`, but returns when the bytes have left: for the moment of this context's exit. */
  flushSync(): void {
    if (this.#state === 'closed') return
    this.#receiver.onFlush(true, this.writer.size)
    const attachments = this.writer.takeAttachments()
    this.#transport.sendSync(this.writer.take(), attachments)
  }

  /** The number that the answer to `request` will bear. */
  expect(request: Request): number {
    this.#lastRequest = (this.#lastRequest + 1) >>> 0
    this.#requests.set(this.#lastRequest, request)
    return this.#lastRequest
  }

  answered(number: number, failed: boolean, bytes: Uint8Array, start: number, end: number): void {
    const request = this.#requests.get(number)
    if (request === undefined) throw new ProtocolError(`an answer to request ${number}, which was not made`)
    this.#requests.delete(number)
    request.answered(failed, bytes, start, end)
  }

  ref(): void {
    this.#transport.ref()
  }

  unref(): void {
    this.#transport.unref()
  }

  close(error?: MillraceError): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#loss = disconnected(error)
    this.#transport.close()
    const lost = [...this.#requests.values()]
    this.#requests.clear()
    for (const request of lost) request.lost(disconnected(error))
    this.#receiver.onClose(error)
  }

  #receive(chunk: Uint8Array, attachments: readonly Attachment[] | undefined): void {
    if (this.#state === 'closed') return
    if (attachments !== undefined) this.#attachments.push(...attachments)
    if (this.#transport.remote) this.#turn.heard()
    try {
      this.#reader.push(chunk)
    } catch (error) {
      // Whatever a peer sends, it closes that peer's link and throws nowhere else.
      const cause =
        error instanceof ProtocolError ? error : new ProtocolError(`bad frame: ${String(error)}`, { cause: error })
      this.close(cause)
    }
    if (this.#transport.remote) this.#turn.flushLocal()
  }
}

/** What pending operations are refused with when the link is gone. */
export function disconnected(cause?: MillraceError): DisconnectedError {
  if (cause instanceof DisconnectedError) return cause
  return new DisconnectedError('the link to the hub is closed: its process ended, or this process is ending', { cause })
}
