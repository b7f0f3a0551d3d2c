import { type Binary, bytesOf, isBinary } from './binary.ts'
import { iterate, observe } from './consumption.ts'
import type { Context } from './context.ts'
import { BrokenPipeError, BufferTooShortError, ClosedError, EndOfFileError, ValueError } from './errors.ts'
import { releaseNow, releaseWhenGarbage } from './garbage.ts'
import { defineHandle, HANDLE, type HandleState, MOVABLE, type Movable } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import { type InteropObservable, OBSERVABLE } from './observable.ts'
import { refusedWait } from './options.ts'
import type { PutOptions } from './outbox.ts'
import { BROKEN, ENDED, HAND_OVER, LEAVE } from './primitives/pipe.ts'
import { CHANNEL, QueueChannel, type QueueOptions } from './queue-channel.ts'
import { READY, type Waitable } from './waiting.ts'

/** What every holder of an end knows of it. */
export interface ConnectionOptions extends QueueOptions {
  readonly readable: boolean
  readonly writable: boolean
}

/** Where an end comes from: the pipe that was just made here, a message, or another handle. */
export interface Origin {
  readonly context: Context
  readonly id: string
  /** Makes the pipe: what it is made with. */
  readonly pipe?: QueueOptions & { readonly duplex: boolean }
}

/** Where this handle of an end is in its life; `closing`: it was closed while it was leaving. */
type Place = 'here' | 'leaving' | 'closing' | 'moved' | 'closed'

/**
 * One end of a pipe: Python's `multiprocessing.connection.Connection`. Messages are values as for a queue, or bytes.
 *
 * To send a connection to another process, as an argument, an item or a message, is to hand it over: this handle is
 * closed then. `copy()` makes a second handle of the same end, to keep or to send. When all handles of an end are closed,
 * and all processes that held one have died, the other end comes to its end of file; no process has to close what it
 * does not use.
 *
 * Timeouts are milliseconds. Async iteration and `Symbol.observable` receive until the end of file.
 *
 * @example
 * const [parent, child] = Pipe<string>()
 * new Process(tasks.greet, { args: [child] }).start()
 * console.log(await parent.recv()) // hello
 */
export class Connection<In = unknown, Out = In> implements AsyncIterable<In>, Waitable {
  /** @internal */
  readonly [MOVABLE]: Movable
  readonly #channel: QueueChannel
  readonly #context: Context
  readonly #id: string
  #options: ConnectionOptions
  #place: Place = 'here'
  /** Keeps the handle, which must not become garbage while somebody iterates. */
  readonly #ended = (error: unknown) => this.closed || error instanceof EndOfFileError

  /** @internal */
  constructor(options: ConnectionOptions, origin: Origin) {
    if (origin?.context === undefined) throw new TypeError('a Connection comes from Pipe()')
    const { context, id, pipe } = origin
    this.#context = context
    this.#id = id
    this.#options = options
    this[MOVABLE] = this.#movable()
    this.#channel = new QueueChannel(context, undefined, id, 'connection', pipe ?? options, pipe !== undefined, onNews)
    releaseWhenGarbage(this, { channel: this.#channel, id, mayRelease: () => true })
  }

  /** @internal */
  get [HANDLE](): HandleState {
    return { kind: 'connection', id: this.#id, options: this.#options }
  }

  /** @internal */
  get [CHANNEL](): QueueChannel {
    return this.#channel
  }

  /** Whether this end can receive. */
  get readable(): boolean {
    return this.#options.readable
  }

  /** Whether this end can send. */
  get writable(): boolean {
    return this.#options.writable
  }

  /** Whether this handle was closed, or handed over to another process. */
  get closed(): boolean {
    return this.#place === 'closed' || this.#place === 'closing' || this.#place === 'moved'
  }

  /**
   * Sends a value, waiting while as much as the pipe holds is under way. It is a snapshot: later changes do not show.
   *
   * @throws BrokenPipeError if nobody holds the other end any more
   * @throws FullError after `timeout` ms, with the value in it
   * @throws EncodeError if the value cannot travel; the message names the path to the culprit
   * @throws ClosedError after `close()`
   */
  send(value: Out, options?: PutOptions): Promise<void> {
    const refusal = this.#refusal('send')
    return refusal === undefined ? this.#channel.outbox.put(value, options) : Promise.reject(refusal)
  }

  /**
   * Receives the oldest message, waiting for one.
   *
   * @throws EndOfFileError if everything was received and nobody holds the other end any more
   * @throws EmptyError after `timeout` ms
   * @throws ClosedError after `close()`
   */
  recv(options?: WaitOptions): Promise<In> {
    const refusal = this.#refusal('receive')
    if (refusal !== undefined) return Promise.reject(refusal)
    const { inbox } = this.#channel
    return inbox.get(inbox.take, options) as Promise<In>
  }

  /**
   * Whether `recv` would not have to wait: there is a message, or the end of file. Waits for that up to `timeout` ms; 0
   * unless given, `Infinity` for as long as it takes. Receives nothing.
   */
  poll(options: WaitOptions = {}): Promise<boolean> {
    const refusal = this.#refusal('receive') ?? refusedWait(options)
    if (refusal !== undefined) return Promise.reject(refusal)
    return this.#channel.inbox.poll({ ...options, timeout: options.timeout ?? 0 })
  }

  /**
   * Sends bytes: `size` of them from `offset` on, all from there unless given. None is a message, too.
   * @throws ValueError if the buffer is shorter than that, and as `send` does
   */
  sendBytes(buffer: Binary, offset = 0, size?: number, options?: PutOptions): Promise<void> {
    const refusal = this.#refusal('send')
    if (refusal !== undefined) return Promise.reject(refusal)
    try {
      return this.#channel.outbox.put(partOf(buffer, offset, size), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Receives bytes.
   *
   * @param maxlength a longer message is refused, with BufferTooShortError, and this end then receives nothing more
   * @throws ValueError if the next message is a value: `recv` it
   */
  async recvBytes(maxlength?: number, options?: WaitOptions): Promise<Uint8Array> {
    if (maxlength !== undefined && !(maxlength >= 0))
      throw new ValueError(`maxlength must not be negative: ${maxlength}`)
    return this.#recvBytes(() => this.takeBytes(maxlength), options)
  }

  /** @internal As `recvBytes`, for a message whose token was spent. */
  takeBytes(maxlength: number | undefined): Uint8Array | Promise<Uint8Array> {
    const taken = this.#channel.inbox.takeBytes()
    return taken instanceof Promise ? taken.then((bytes) => this.#fit(bytes, maxlength)) : this.#fit(taken, maxlength)
  }

  #fit(bytes: Uint8Array, maxlength: number | undefined): Uint8Array {
    if (maxlength === undefined || bytes.length <= maxlength) return bytes
    this.#options = { ...this.#options, readable: false }
    if (!this.writable) void this.close()
    throw new BufferTooShortError(`a message of ${bytes.length} bytes is longer than maxlength, ${maxlength}`, bytes)
  }

  /**
   * Receives bytes into a buffer, `offset` bytes from its beginning, and resolves with how many there were.
   * @throws BufferTooShortError if they do not fit, with the whole message in it; the connection goes on
   */
  async recvBytesInto(buffer: Binary, offset = 0, options?: WaitOptions): Promise<number> {
    const target = bytesOf(checkedBinary(buffer))
    if (!(offset >= 0)) throw new ValueError(`offset is negative: ${offset}`)
    if (offset > target.length) throw new ValueError(`offset ${offset} is beyond the buffer of ${target.length} bytes`)
    const { inbox } = this.#channel
    const bytes = await this.#recvBytes(() => inbox.takeBytes(), options)
    const room = target.length - offset
    if (bytes.length > room)
      throw new BufferTooShortError(
        `a message of ${bytes.length} bytes does not fit the ${room} bytes there are`,
        bytes,
      )
    target.set(bytes, offset)
    return bytes.length
  }

  /** A second handle of this end, for this process to keep or to send. The end lives until both are closed. */
  copy(): Connection<In, Out> {
    const refusal = this.#placeRefusal()
    if (refusal !== undefined) throw refusal
    const copy = new Connection<In, Out>(this.#options, { context: this.#context, id: this.#id })
    copy.#channel.isTwinOf(this.#channel)
    return copy
  }

  /**
   * Lets go of the end. What was sent before still arrives, even what waits for room. Closing twice does no harm, and
   * neither does closing what is being handed over.
   */
  async close(): Promise<void> {
    if (this.closed) return
    if (this.#place !== 'leaving') return this.#leave('closed')
    this.#place = 'closing'
    this.#channel.close()
  }

  /** @throws ValueError: messages do not come over a file descriptor of their own. Python's `fileno`. */
  fileno(): number {
    throw new ValueError(`${this.#channel.name} has no file descriptor: wait for it with wait() or poll()`)
  }

  /** Receives until the end of file; a message not handed out is not received. */
  [Symbol.asyncIterator](): AsyncIterableIterator<In, undefined> {
    return iterate((options) => this.recv(options), this.#ended)
  }

  /** Receives for as long as there is a subscriber, until the end of file: `from(connection)` of RxJS works. */
  [OBSERVABLE](): InteropObservable<In> {
    return observe(this.#channel.inbox, this.#ended, () => this.#refusal('receive'))
  }

  /** Calls `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal */
  [READY]({ timeout = Number.POSITIVE_INFINITY, signal }: WaitOptions): Promise<boolean> {
    return this.poll({ timeout, signal })
  }

  async #recvBytes(
    take: () => Uint8Array | Promise<Uint8Array>,
    options: WaitOptions | undefined,
  ): Promise<Uint8Array> {
    const refusal = this.#refusal('receive')
    if (refusal !== undefined) throw refusal
    return this.#channel.inbox.get(take, options)
  }

  #refusal(what: 'send' | 'receive'): Error | undefined {
    const able = what === 'send' ? this.writable : this.readable
    if (this.#place === 'here' && able) return undefined
    return this.#placeRefusal() ?? new ValueError(`this end of the pipe, ${this.#channel.name}, cannot ${what}`)
  }

  #placeRefusal(): Error | undefined {
    const { name } = this.#channel
    if (this.#place === 'here') return undefined
    if (this.#place === 'closed') return new ClosedError(`${name} is closed in this process`)
    return new ClosedError(`${name} was handed over to another process: hand over a copy() to keep it`)
  }

  #leave(place: 'closed' | 'moved'): void {
    this.#place = place
    releaseNow(this, this.#channel, this.#id)
    // What waits for room keeps the channel open, but not the other end from learning that nobody receives here.
    if (this.#channel.outbox.waiting > 0) this.#channel.call(LEAVE).catch(() => {})
  }

  #movable(): Movable {
    const isAway = () => this.#channel.isAway
    const refusal = () => (this.#place === 'here' ? undefined : `a connection that is ${this.#place}`)
    return {
      get refusal() {
        return refusal()
      },
      get isAway() {
        return isAway()
      },
      holdBack: (slots) => this.#channel.holdBack(slots),
      leaves: () => {
        this.#place = 'leaving'
      },
      stays: () => {
        if (this.#place === 'closing') this.#leave('closed')
        else this.#place = 'here'
      },
      moves: () => {
        if (this.readable) this.#channel.call(HAND_OVER).catch(() => {})
      },
      moved: () => this.#leave('moved'),
    }
  }
}

function onNews(this: QueueChannel, news: unknown): void {
  if (news === ENDED)
    this.inbox.end(new EndOfFileError(`${this.name}: end of file; nobody holds the other end, and nothing is left`))
  if (news === BROKEN) this.outbox.break(new BrokenPipeError(`${this.name}: nobody holds the other end any more`))
}

function checkedBinary(buffer: Binary): Binary {
  if (isBinary(buffer)) return buffer
  throw new TypeError(`an ArrayBuffer or a view of one is needed, not ${typeof buffer}`)
}

/** @throws ValueError as Python's `send_bytes` */
function partOf(buffer: Binary, offset: number, size: number | undefined): Uint8Array {
  const bytes = bytesOf(checkedBinary(buffer))
  if (!(offset >= 0)) throw new ValueError(`offset is negative: ${offset}`)
  if (offset > bytes.length) throw new ValueError(`offset ${offset} is beyond the buffer of ${bytes.length} bytes`)
  const end = offset + (size ?? bytes.length - offset)
  if (size !== undefined && !(size >= 0)) throw new ValueError(`size is negative: ${size}`)
  if (end > bytes.length) throw new ValueError(`offset + size is ${end}, but the buffer has ${bytes.length} bytes`)
  return bytes.subarray(offset, end)
}

defineHandle('connection', (context, id, options) => new Connection(options as ConnectionOptions, { context, id }))
