import { readText, readU32 } from './bytes.ts'
import { decode, encode } from './codec.ts'
import { type MillraceError, ProtocolError, ValueError } from './errors.ts'
import { Frame, FULL_BATCH, ITEMS_AT, RANGE_SIZE } from './frame.ts'
import type { FrameWriter } from './frame-writer.ts'
import type { HandleState } from './handle.ts'
import type { Hub } from './hub.ts'
import type { LeaseOutlet } from './lease.ts'
import { Link, type LinkReceiver } from './link.ts'
import { MovedBuffers } from './primitives/moved-buffers.ts'
import type { Keeper, Leaving, Outlet, Port, Reply } from './primitives/primitive.ts'
import { checkItems, newRun, type Run } from './primitives/runs.ts'
import type { Range } from './ranges.ts'
import { managerClosed, REVOKED } from './revoked.ts'
import type { Fetch, Transport } from './transport.ts'
import { Tunnel } from './tunnel.ts'

/** One of a peer's channels: the way to one primitive. */
interface Channel {
  readonly id: string
  readonly port: Port
  /** Calls that have not been answered. */
  readonly unanswered: Set<CallReply>
}

/** The hub's record of one context. */
export class Peer implements LinkReceiver {
  readonly link: Link
  /** Something was written that the peer waits for. */
  urgent = false
  readonly #hub: Hub
  readonly #channels: Array<Channel | undefined> = []
  /** The channels that led to what was taken away: calls of them may be on their way. */
  readonly #revoked = new Set<number>()
  readonly #tunnels = new Map<number, Tunnel>()
  #range: Range | undefined
  /** How it leaves when its link ends. */
  #leaving: Leaving = 'died'
  #who: string | undefined
  readonly #onGone: ((error: MillraceError | undefined) => void) | undefined

  constructor(
    hub: Hub,
    transport: Transport,
    onGone: ((error: MillraceError | undefined) => void) | undefined,
    who: string | undefined,
  ) {
    this.#hub = hub
    this.#onGone = onGone
    this.#who = who
    this.link = new Link(transport, this, hub.turn, hub.maxFrame)
    this.link.open()
  }

  /** The number of its part of the arena. */
  get range(): number | undefined {
    return this.#range?.number
  }

  /** What others call it. */
  get who(): string {
    return this.#who ?? 'a process that had just begun'
  }

  /** Gives the peer its part of the arena. */
  assign(range: Range): void {
    this.#range = range
    this.link.write().begin(Frame.RANGE).u32(range.number)
  }

  /** What a peer waits for leaves at once; what goes there ahead of need, once it is a batch or the turn ends. */
  onFlush(early: boolean, size: number): boolean {
    if (early && !this.urgent && size < FULL_BATCH) return true
    this.urgent = false
    return false
  }

  onClose(error: MillraceError | undefined): void {
    for (const tunnel of this.#tunnels.values()) tunnel.gone()
    this.#tunnels.clear()
    for (let i = 0; i < this.#channels.length; i++) this.#release(i, error === undefined ? this.#leaving : 'died')
    this.#range?.leave()
    this.#onGone?.(error)
  }

  onFrame(type: number, bytes: Uint8Array, start: number, end: number): void {
    const fields = FIELDS[type]
    if (fields === undefined) throw new ProtocolError(`frame type ${type} is not for a hub`)
    if (end - start < fields * 4) throw new ProtocolError(`frame of type ${type} is too short: ${end - start} bytes`)
    const number = (i: number) => readU32(bytes, start + 4 * i)
    switch (type) {
      case Frame.PUT:
        return this.#put(number(0), number(1), bytes, start + ITEMS_AT, end)
      case Frame.SPENT:
        return this.#port(number(0)).spent(number(1), number(2), number(3), number(4) !== 0)
      case Frame.ASK:
        return this.#port(number(0)).ask(number(1), number(2), 1, number(3), number(4) !== 0, number(5))
      case Frame.CANCEL:
        return this.#port(number(0)).cancel(number(1), number(2))
      case Frame.RETURN:
        return this.#port(number(0)).returned(number(1), number(2), number(3), number(4))
      case Frame.ACK:
        return this.#port(number(0)).ack(number(1))
      case Frame.PUT_REFS:
        return this.#putRefs(number(0), number(1), bytes, start + 8, end)
      case Frame.PUT_BLOCK:
        return this.#putBlock(number(0), number(1), number(2), bytes, start + ITEMS_AT, end)
      case Frame.PUT_MOVED:
        return this.#putMoved(number(0), number(1), bytes, start + ITEMS_AT, end)
      case Frame.PUT_BACK:
        return this.#putBack(number(0), number(1), bytes, start + ITEMS_AT, end)
      case Frame.CALL:
        return this.#call(number(0), number(1), bytes, start + 8, end)
      case Frame.OPEN:
        return this.#open(number(0), bytes, start + 4, end)
      case Frame.RELEASE:
        return this.#release(number(0), 'released')
      case Frame.BYE:
        this.#leaving = 'ended'
        return
      case Frame.TUNNEL:
        return this.#tunnels.get(number(0))?.received(bytes.subarray(start + 4, end))
      case Frame.TUNNEL_OPEN:
        return this.#openTunnel(number(0))
      case Frame.TUNNEL_END:
        return this.#endTunnel(number(0))
    }
  }

  #put(channel: number, count: number, bytes: Uint8Array, start: number, end: number): void {
    checkItems(bytes, start, end, count)
    this.#port(channel).put(newRun(bytes, start, end, count))
  }

  #putBack(channel: number, count: number, bytes: Uint8Array, start: number, end: number): void {
    checkItems(bytes, start, end, count)
    this.#port(channel).putBack?.(newRun(bytes, start, end, count))
  }

  #putRefs(channel: number, count: number, bytes: Uint8Array, start: number, end: number): void {
    const refs: string[] = []
    let at = start
    for (let i = 0; i < count; i++) {
      const length = at + 4 <= end ? readU32(bytes, at) : 0
      if (at + 4 + length > end) throw new ProtocolError('a handle runs beyond its frame')
      const id = readText(bytes, at + 4, at + 4 + length)
      // One that does not exist is not kept alive, so it must not be forgone later either.
      if (this.#hub.find(id) !== undefined) refs.push(id)
      at += 4 + length
    }
    checkItems(bytes, at, end, 1)
    this.#port(channel).put(newRun(bytes, at, end, 1, refs))
  }

  #putBlock(channel: number, offset: number, size: number, bytes: Uint8Array, start: number, end: number): void {
    checkItems(bytes, start, end, 1)
    if (this.#range === undefined) throw new ProtocolError('a block in the arena, of which the peer has no part')
    const port = this.#port(channel)
    if (offset >= RANGE_SIZE && port.takesMemory !== true) throw new ProtocolError('shared memory where none is taken')
    const block = this.#range.keep(offset, size)
    try {
      port.put(newRun(bytes, start, end, 1, undefined, block))
    } catch (error) {
      // No item refers to it, and it must not keep the range from being used again.
      block.free()
      throw error
    }
  }

  #putMoved(channel: number, count: number, bytes: Uint8Array, start: number, end: number): void {
    checkItems(bytes, start, end, 1)
    const block = new MovedBuffers(this.link.takeBuffers(count))
    this.#port(channel).put(newRun(bytes, start, end, 1, undefined, block))
  }

  #call(channel: number, request: number, bytes: Uint8Array, start: number, end: number): void {
    const open = this.#channels[channel]
    const reply = new CallReply(this.link, request, open?.unanswered)
    const [operation, ...args] = decodeList(bytes, start, end)
    if (typeof operation !== 'string') throw new ProtocolError('a call without an operation')
    this.urgent = true
    if (open === undefined) reply.fail(this.#revoked.has(channel) ? managerClosed() : gone())
    else open.port.call(operation, args, reply)
  }

  #open(channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (channel !== this.#channels.length) throw new ProtocolError(`channel ${channel} opened out of turn`)
    const [id, kind, options, who] = decodeList(bytes, start, end)
    if (typeof id !== 'string' || typeof kind !== 'string') throw new ProtocolError('malformed OPEN')
    if (options !== null) this.#hub.create(id, kind, options)
    const primitive = this.#hub.find(id)
    if (primitive === undefined || this.#hub.isRevoked(id)) {
      this.#channels.push(undefined)
      if (primitive === undefined) this.#notice(channel, 'gone')
      else this.#noticeRevoked(channel)
      return
    }
    if (typeof who === 'string') this.#who = who
    this.#hub.retain([id])
    const port = primitive.connect(new ChannelOutlet(this.#hub, this, channel, String(who ?? id)))
    this.#channels.push({ id, port, unanswered: new Set() })
  }

  /** Nothing more comes of these channels, all of them if there is no id; what is pending there is refused. */
  revoke(id: string | undefined): void {
    this.#channels.forEach((channel, number) => {
      if (channel === undefined || (id !== undefined && channel.id !== id)) return
      this.urgent = true
      this.#noticeRevoked(number)
      for (const reply of [...channel.unanswered]) reply.fail(managerClosed())
      this.#release(number, 'released')
    })
  }

  #noticeRevoked(channel: number): void {
    this.#revoked.add(channel)
    this.#notice(channel, REVOKED)
  }

  #notice(channel: number, news: string): void {
    this.link.write().begin(Frame.NOTICE).u32(channel).bytes(encodeAloneBytes(news))
  }

  #release(number: number, how: Leaving): void {
    const channel = this.#channels[number]
    if (channel === undefined) return
    this.#channels[number] = undefined
    channel.port.release(how)
    this.#hub.forgo([channel.id])
    channel.port.released?.()
  }

  /** A channel that is unknown was never opened; one that is empty led to a primitive that is gone. */
  #port(number: number): Port {
    const channel = this.#channels[number]
    if (channel !== undefined) return channel.port
    if (number >= this.#channels.length) throw new ProtocolError(`channel ${number} is not open`)
    return DEAD_PORT
  }

  #openTunnel(number: number): void {
    if (this.#tunnels.has(number)) throw new ProtocolError(`tunnel ${number} is open already`)
    const tunnel = new Tunnel(this.link, number, () => this.#tunnels.delete(number))
    this.#tunnels.set(number, tunnel)
    this.#hub.attach(tunnel)
  }

  #endTunnel(number: number): void {
    const tunnel = this.#tunnels.get(number)
    this.#tunnels.delete(number)
    tunnel?.gone()
  }
}

/** How many integers each frame that a hub accepts has at least. */
const FIELDS: ReadonlyArray<number | undefined> = Object.entries({
  [Frame.OPEN]: 1,
  [Frame.RELEASE]: 1,
  [Frame.BYE]: 0,
  [Frame.ASK]: 6,
  [Frame.CANCEL]: 3,
  [Frame.PUT]: 3,
  [Frame.PUT_REFS]: 2,
  [Frame.PUT_BLOCK]: 3,
  [Frame.PUT_MOVED]: 3,
  [Frame.PUT_BACK]: 3,
  [Frame.SPENT]: 5,
  [Frame.RETURN]: 5,
  [Frame.ACK]: 2,
  [Frame.CALL]: 2,
  [Frame.TUNNEL]: 1,
  [Frame.TUNNEL_OPEN]: 1,
  [Frame.TUNNEL_END]: 1,
}).reduce<Array<number | undefined>>((table, [type, count]) => {
  table[Number(type)] = count
  return table
}, [])

class ChannelOutlet implements Outlet {
  readonly hub: Keeper
  readonly peer: Peer
  readonly who: string
  readonly #link: Link
  readonly #channel: number

  constructor(hub: Keeper, peer: Peer, channel: number, who: string) {
    this.hub = hub
    this.peer = peer
    this.who = who
    this.#link = peer.link
    this.#channel = channel
  }

  get range(): number | undefined {
    return this.peer.range
  }

  lease(lane: number): LeaseOutlet {
    return {
      deny: (id) => void this.#urgently(Frame.DENY).u32(this.#channel).u32(lane).u32(id),
      recall: () => void this.#urgently(Frame.RECALL).u32(this.#channel).u32(lane),
      awaited: () => {
        this.peer.urgent = true
      },
    }
  }

  grant(lane: number, count: number, id: number, cost: number): void {
    this.#link.write().begin(Frame.GRANT).u32(this.#channel).u32(lane).u32(count).u32(id).u32(cost)
  }

  items(run: Run, fetch: Fetch | undefined): void {
    const writer = this.#link.write()
    const size = run.block?.size ?? 0
    if (fetch !== undefined && this.#link.local) {
      writer.copyItems(Frame.ITEMS_HERE, this.#channel, run)
      writer.attach(fetch, size)
    } else {
      writer.copyItems(Frame.ITEMS, this.#channel, run)
      writer.refer(size)
    }
  }

  notice(news: unknown): void {
    this.#urgently(Frame.NOTICE).u32(this.#channel).bytes(encodeAloneBytes(news))
  }

  #urgently(type: number): FrameWriter {
    this.peer.urgent = true
    return this.#link.write().begin(type)
  }
}

class CallReply implements Reply {
  readonly #link: Link
  readonly #request: number
  readonly #unanswered: Set<CallReply> | undefined
  #answered = false

  constructor(link: Link, request: number, unanswered: Set<CallReply> | undefined) {
    this.#link = link
    this.#request = request
    this.#unanswered = unanswered
    unanswered?.add(this)
  }

  done(value: unknown): void {
    this.#write(0, value)
  }

  fail(error: Error): void {
    this.#write(1, error)
  }

  give(buffers: readonly ArrayBuffer[]): void {
    if (this.#answered) return
    if (!this.#link.attaches) return this.done(buffers)
    this.done(buffers.length)
    for (const buffer of buffers) this.#link.writer.attach(buffer, buffer.byteLength)
  }

  share(buffers: readonly ArrayBufferLike[]): void {
    if (this.#answered) return
    if (!this.#link.shares || !(this.#link.local || buffers.every(isShared))) return this.done(0)
    this.done(buffers.length)
    for (const buffer of buffers) this.#link.writer.attach(buffer, buffer.byteLength)
  }

  /** What was revoked is answered already. */
  #write(failed: 0 | 1, value: unknown): void {
    if (this.#answered) return
    // What cannot be encoded has not been answered.
    const payload = encodeAloneBytes(value)
    this.#answered = true
    this.#unanswered?.delete(this)
    this.#link.write().begin(Frame.REPLY).u32(this.#request).u32(failed).bytes(payload)
  }
}

function isShared(buffer: ArrayBufferLike): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer
}

/** Stands where a primitive was: whoever still writes to it is not at fault and is told by a NOTICE. */
const DEAD_PORT: Port = {
  takesMemory: true,
  ask: () => {},
  cancel: () => {},
  put: (run) => run.block?.free(),
  spent: () => {},
  returned: () => {},
  ack: () => {},
  call: (_operation, _args, reply) => reply.fail(gone()),
  release: () => {},
}

function gone(): ValueError {
  return new ValueError('what this handle stood for is gone: nobody held it any more')
}

function decodeList(bytes: Uint8Array, start: number, end: number): unknown[] {
  let list: unknown
  try {
    list = decode(bytes, start, end, NO_HANDLES)
  } catch (cause) {
    throw new ProtocolError('a malformed payload where the hub has to read it', { cause })
  }
  if (!Array.isArray(list)) throw new ProtocolError('a list was expected')
  return list
}

const NO_HANDLES = { handle: (_kind: string, id: string): Pick<HandleState, 'id'> => ({ id }) }

function encodeAloneBytes(value: unknown): Uint8Array {
  const { bytes, start, end } = encode(value)
  return bytes.subarray(start, end)
}
