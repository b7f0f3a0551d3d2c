import { type Arena, Blocks } from './arena.ts'
import { readU32 } from './bytes.ts'
import type { Clock } from './clock.ts'
import { decode, encode, encodeAlone } from './codec.ts'
import type { Connector } from './connector.ts'
import { DecodeError, type MillraceError, ProtocolError } from './errors.ts'
import { Frame, ITEMS_AT, type ItemRun, RANGE_SIZE } from './frame.ts'
import type { FrameWriter } from './frame-writer.ts'
import { type Abroad, handleOf, isAbroad } from './handle.ts'
import { disconnected, Link, type LinkReceiver } from './link.ts'
import { MappedBlocks } from './mapped-blocks.ts'
import { arena } from './platform.ts'
import { SYNC } from './primitives/shortcut.ts'
import type { HandleResolver } from './revive.ts'
import { managerClosed, REVOKED } from './revoked.ts'
import type { Transport } from './transport.ts'
import { sendThrough } from './tunnel.ts'
import type { Turn } from './turn.ts'

/** This context's end of one channel: the frames that the hub sends on it. */
export interface Channel {
  onGrant(lane: number, count: number, id: number, cost: number): void
  onItems(run: ItemRun): void
  onDeny(lane: number, id: number): void
  onRecall(lane: number): void
  onNotice(news: unknown): void
  /** Tokens were spent since the last report: write it. */
  report(): void
  /** Whether nobody can be waiting for the report, and more is likely to come with it. Asked once a turn. */
  mayReportLater(): boolean
  /** What user code has put here and is still without room, in words. */
  waitingPuts(): string | undefined
  /** All that user code waits for here, in words; not what is unreferenced. */
  waiting(): string | undefined
  lost(error: MillraceError): void
}

/**
 * A process, thread or page, seen from inside: its one link to the hub, its channels, and the handles it holds.
 *
 * Everything that a context does travels this link in order, which is what makes effects causal: whoever learns of a
 * later operation through Millrace sees the earlier ones.
 */
export class Context implements LinkReceiver, HandleResolver {
  /** Its name in the tree of contexts: its starter's path and a number. */
  readonly path: string
  readonly clock: Clock
  readonly turn: Turn
  readonly link: Link
  readonly maxFrame: number
  /** Whether buffers reach the hub as they are: not if another context carries this one's link. */
  attaches: boolean
  /** Told, once, what this context was started for. */
  onStart: ((payload: unknown) => void) | undefined
  /** Told when the link is gone. */
  onLost: ((error: MillraceError | undefined) => void) | undefined
  /** This context's part of the arena, once it is known. */
  blocks: Blocks | undefined
  /** The number of that part; no other context that is alive has it. */
  range: number | undefined
  #mapped: MappedBlocks | undefined
  /** What is on its way here of the handles that have arrived. */
  readonly #arriving = new Set<Promise<unknown>>()
  /** How this context connects to others without the hub, if it can. */
  connector: Connector | undefined
  /** Where its hub is, if that is not the one of the program's own tree. */
  abroad: Abroad | undefined
  readonly #channels: Channel[] = []
  readonly #handles = new Map<string, WeakRef<object>>()
  readonly #pinned = new Set<object>()
  readonly #children = new Map<number, Transport>()
  readonly #busyListeners = new Set<(busy: boolean) => void>()
  #unreported: Channel[] = []
  #lastHandle = 0
  #lastChild = 0
  #lastTunnel = 0
  #pending = 0
  #writes = 0
  /** Links to other contexts. */
  readonly #sideLinks = new Set<SideLink>()

  constructor(path: string, transport: Transport, turn: Turn, clock: Clock, maxFrame: number) {
    this.path = path
    this.clock = clock
    this.turn = turn
    this.maxFrame = maxFrame
    this.link = new Link(transport, this, turn, maxFrame)
    this.attaches = transport.attaches
    this.link.open()
  }

  /** An id that no other context in the tree will use. */
  newId(): string {
    return `${this.path}:${++this.#lastHandle}`
  }

  newChildPath(): string {
    return `${this.path}.${++this.#lastChild}`
  }

  /**
   * Binds a new channel to a primitive and returns its number; options other than null create the primitive. `handle`
   * is what its id stands for in this context from now on, if it is to stay one; `who` is what others should call this
   * context when it died with something in hand.
   */
  open(channel: Channel, handle: object | undefined, id: string, kind: string, options: unknown, who?: string): number {
    if (handle !== undefined) this.#handles.set(id, new WeakRef(handle))
    if (handle !== undefined && this.abroad !== undefined) isAbroad(handle, this.abroad)
    const number = this.#channels.push(channel) - 1
    this.begin(Frame.OPEN)
      .u32(number)
      .bytes(payload(who === undefined ? [id, kind, options] : [id, kind, options, who]))
    if (this.link.closed) channel.lost(this.link.loss)
    return number
  }

  /** Lets a channel go; nothing may be pending on it. */
  release(number: number, id: string): void {
    this.begin(Frame.RELEASE).u32(number)
    this.#channels[number] = RELEASED
    if (this.#handles.get(id)?.deref() === undefined) this.#handles.delete(id)
  }

  /** The writer; what was spent so far is reported first, so that others learn of both in that order. */
  write(): FrameWriter {
    if (this.#unreported.length > 0) this.#report()
    this.#writes++
    return this.link.write()
  }

  /** Whether this context has done anything at the hub since `fence` returned that. */
  hasWrittenSince(mark: number): boolean {
    return this.#writes !== mark || this.#unreported.length > 0
  }

  /** Has `passed` called when the hub has seen all that this context did so far; through an open channel that answers. */
  fence(channel: number, passed: () => void): number {
    const request = this.link.expect({ answered: passed, lost: () => {} })
    // Encoded beforehand: what is being sent may lie where others are encoded.
    this.begin(Frame.CALL).u32(channel).u32(request).bytes(SYNC_CALL)
    return this.#writes
  }

  /** A link to another context, which is to have sent everything when this one ends; returns how to forget it. */
  addSideLink(link: SideLink): () => void {
    this.#sideLinks.add(link)
    return () => this.#sideLinks.delete(link)
  }

  /** Sends everything that was written, and returns when it has left: for the moment of this context's exit. */
  flushSync(): void {
    for (const link of this.#sideLinks) link.flushSync()
    this.link.flushSync()
  }

  /** Tells the hub that this context ends by itself and has not failed; without it, its end is a death. */
  sayGoodbye(): void {
    if (!this.link.closed) this.begin(Frame.BYE)
  }

  begin(type: number): FrameWriter {
    return this.write().begin(type)
  }

  /** Has `channel.report` called before anything else is written, or at the end of the turn. */
  reportLater(channel: Channel): void {
    this.#unreported.push(channel)
    this.link.schedule()
  }

  /** Asks the primitive behind a channel; rejects with the error that it answers. */
  call(channel: number, operation: string, ...args: unknown[]): Promise<unknown> {
    return this.#ask(channel, [operation, ...args], (answer) => answer)
  }

  /** `receive` makes of the answer what the promise resolves with, while its frame is being read. */
  #ask<R>(channel: number, message: readonly unknown[], receive: (answer: unknown) => R): Promise<R> {
    if (this.link.closed) return Promise.reject(this.link.loss)
    return new Promise((resolve, reject) => {
      this.pending(1)
      const request = this.link.expect({
        answered: (failed, bytes, start, end) => {
          this.pending(-1)
          try {
            const value = decode(bytes, start, end, this)
            if (failed) reject(value)
            else resolve(receive(value))
          } catch (error) {
            reject(error)
          }
        },
        lost: (error) => {
          this.pending(-1)
          reject(error)
        },
      })
      this.begin(Frame.CALL).u32(channel).u32(request).bytes(payload(message))
    })
  }

  /** As `call`, for buffers: they come along with the answer, or in it. */
  fetch(channel: number, operation: string): Promise<readonly ArrayBuffer[]> {
    // A number says how many came along.
    return this.#ask(channel, [operation], (answer) =>
      typeof answer === 'number' ? this.link.takeBuffers(answer) : (answer as readonly ArrayBuffer[]),
    )
  }

  /** A pending operation keeps the context from ending. */
  pending(change: 1 | -1): void {
    const before = this.#pending
    this.#pending += change
    if (before > 0 && this.#pending > 0) return
    for (const listener of this.#busyListeners) listener(this.#pending > 0)
  }

  /**
   * Has `listener` told now, when the first operation starts to wait, and when the last one has settled; returns how
   * to end that.
   */
  whileBusy(listener: (busy: boolean) => void): () => void {
    this.#busyListeners.add(listener)
    listener(this.#pending > 0)
    return () => this.#busyListeners.delete(listener)
  }

  /** Calls `idle` once no operation is pending, perhaps at once. */
  whenIdle(idle: () => void): void {
    let told = false
    const stop = this.whileBusy((busy) => {
      if (busy || told) return
      told = true
      queueMicrotask(() => stop())
      idle()
    })
  }

  /**
   * Why this context does not end although its function has returned, if it waits for room for what that put: Python's
   * "join before draining" cannot hang silently.
   */
  waitingPuts(): string | undefined {
    const puts = this.#wordsOf((channel) => channel.waitingPuts())
    if (puts === undefined) return undefined
    return (
      `Process ${this.path}: its function has returned, but it cannot end before there is room for what it put: ` +
      `${puts}. Get from there before join(), or call cancelJoinThread().`
    )
  }

  /** All that user code of this context waits for, in words; undefined: nothing. */
  waiting(): string | undefined {
    return this.#wordsOf((channel) => channel.waiting())
  }

  /** What the channels say, of those that say anything; undefined: none does. */
  #wordsOf(say: (channel: Channel) => string | undefined): string | undefined {
    return (
      this.#channels
        .map(say)
        .filter((words) => words !== undefined)
        .join(', ') || undefined
    )
  }

  /** What an id stands for here, if it stands for anything. */
  known(id: string): object | undefined {
    return this.#handles.get(id)?.deref()
  }

  /** Keeps a handle from becoming garbage: it is on its way to where this hub knows nothing of it. Returns how to end that. */
  pin(handle: object): () => void {
    this.#pinned.add(handle)
    return () => this.#pinned.delete(handle)
  }

  /** The handle that this context uses for an id: the one that it has, or a new one. */
  handle(kind: string, id: string, options: unknown): object {
    return this.#handles.get(id)?.deref() ?? handleOf(this, kind, id, options)
  }

  decode(bytes: Uint8Array, start: number, end: number): unknown {
    return decode(bytes, start, end, this)
  }

  /**
   * Carries the link of a child that this context started: what the child sends goes to the hub through this
   * context's own link.
   */
  carry(child: Transport, onGone: () => void): void {
    const number = ++this.#lastTunnel
    this.#children.set(number, child)
    this.begin(Frame.TUNNEL_OPEN).u32(number)
    child.listen({
      onBytes: (chunk) => sendThrough(this.link, number, [chunk]),
      onDrain: () => {},
      onClose: () => {
        if (this.#children.delete(number)) this.begin(Frame.TUNNEL_END).u32(number)
        onGone()
      },
    })
  }

  onFlush(early: boolean, size: number): boolean {
    if (this.#unreported.length === 0) return false
    if (!early && size === 0 && this.#unreported.every((channel) => channel.mayReportLater())) return true
    this.#report()
    return false
  }

  onClose(error: MillraceError | undefined): void {
    for (const child of this.#children.values()) child.close()
    this.#children.clear()
    for (const channel of this.#channels) channel.lost(disconnected(error))
    this.onLost?.(error)
  }

  onFrame(type: number, bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 4) throw new ProtocolError(`frame of type ${type} is too short`)
    const first = readU32(bytes, start)
    const number = (i: number) => (start + 4 * i + 4 <= end ? readU32(bytes, start + 4 * i) : 0)
    switch (type) {
      case Frame.ITEMS:
      case Frame.ITEMS_HERE:
        return this.#channel(first).onItems({
          bytes,
          start: start + ITEMS_AT,
          end,
          count: number(1),
          deliveries: number(2),
          fetches: type === Frame.ITEMS_HERE ? this.link.takeFetches(number(1)) : undefined,
        })
      case Frame.GRANT:
        return this.#channel(first).onGrant(number(1), number(2), number(3), number(4))
      case Frame.RECALL:
        return this.#channel(first).onRecall(number(1))
      case Frame.DENY:
        return this.#channel(first).onDeny(number(1), number(2))
      case Frame.REPLY:
        return this.link.answered(first, number(1) !== 0, bytes, start + 8, end)
      case Frame.NOTICE:
        return this.#noticed(this.#channel(first), decode(bytes, start + 4, end, this))
      case Frame.RANGE:
        return this.takeRange(first)
      case Frame.FREE:
        return first < RANGE_SIZE ? this.blocks?.free(first) : this.#mapped?.free(first)
      case Frame.START:
        return this.onStart?.(this.decode(bytes, start, end))
      case Frame.TUNNEL:
        return void this.#children.get(first)?.send([bytes.subarray(start + 4, end)])
      case Frame.TUNNEL_END:
        return this.#children.get(first)?.close()
      default:
        throw new ProtocolError(`frame type ${type} is not for a context`)
    }
  }

  #noticed(channel: Channel, news: unknown): void {
    if (news === REVOKED) channel.lost(managerClosed())
    else channel.onNotice(news)
  }

  /** This context's part of the arena's memory, if there is a way to that. */
  get mapped(): MappedBlocks | undefined {
    if (this.#mapped !== undefined || this.range === undefined) return this.#mapped
    const mapping = this.#arena?.mapping
    if (mapping !== undefined) this.#mapped = new MappedBlocks(mapping, this.range)
    return this.#mapped
  }

  /** A handle has arrived, of which something is still to come. */
  awaits(part: Promise<unknown>): void {
    this.#arriving.add(part)
    const settled = () => this.#arriving.delete(part)
    part.then(settled, settled)
  }

  /** Resolves when all handles can be used that have arrived; rejects if one cannot. */
  async arrived(): Promise<void> {
    await Promise.all(this.#arriving)
  }

  takeRange(range: number): void {
    if (this.range === range) return
    this.range = range
    const shared = this.#arena
    if (shared !== undefined) this.blocks = new Blocks(shared, range)
  }

  /** It is of the program's own tree, of which a hub elsewhere knows nothing. */
  get #arena(): Arena | undefined {
    return this.abroad === undefined ? arena() : undefined
  }

  #channel(number: number): Channel {
    const channel = this.#channels[number]
    if (channel === undefined) throw new ProtocolError(`channel ${number} is not open`)
    return channel
  }

  #report(): void {
    const unreported = this.#unreported
    this.#unreported = []
    for (const channel of unreported) channel.report()
  }
}

/** A link that does not lead to the hub. */
export interface SideLink {
  flushSync(): void
}

/** Takes what was on its way when its channel was let go; the hub gets all of it back with the RELEASE. */
const RELEASED: Channel = {
  onGrant: () => {},
  onItems: () => {},
  onDeny: () => {},
  onRecall: () => {},
  onNotice: () => {},
  report: () => {},
  mayReportLater: () => false,
  waitingPuts: () => undefined,
  waiting: () => undefined,
  lost: () => {},
}

const SYNC_CALL = encodeAlone([SYNC]).bytes

/** Encoded for a frame that is written at once. */
export function payload(value: unknown): Uint8Array {
  const { bytes, start, end, refs } = encode(value)
  if (refs !== undefined) throw new DecodeError('a handle cannot be part of this message')
  return bytes.subarray(start, end)
}
