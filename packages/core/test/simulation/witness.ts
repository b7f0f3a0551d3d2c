import { readU32 } from '../../src/bytes.ts'
import { decode } from '../../src/codec.ts'
import { Frame, ITEMS_AT, type ItemRun } from '../../src/frame.ts'
import type { Hub } from '../../src/hub.ts'
import type { Primitive } from '../../src/primitives/primitive.ts'
import { idOf } from './item.ts'
import { ITEMS, type PortModel, QueueModel, SLOTS } from './queue-model.ts'
import type { SimProcess } from './sim-process.ts'
import type { World } from './world.ts'

type Peer = ReturnType<Hub['attach']>
type Body = readonly [bytes: Uint8Array, start: number, end: number]

/**
 * Stands beside the hub and tells the models what it receives and what it writes, at the moment when it does: frames
 * that are under way, or wait in a batch, would tell it late.
 */
export class Witness {
  readonly queues = new Map<string, QueueModel>()
  readonly #world: World
  readonly #hub: Hub
  /** Ports whose counts have changed since users were last asked. */
  #changed = new Set<PortModel>()
  /** The channel that is being opened. */
  #opening: PortModel | undefined
  /** Whose context is attached next. */
  #next: () => SimProcess = () => {
    throw new Error('nobody was introduced')
  }

  constructor(world: World, hub: Hub) {
    this.#world = world
    this.#hub = hub
    const { attach } = hub
    hub.attach = (transport, onGone) => {
      const peer = attach.call(hub, transport, onGone)
      this.#watch(peer, this.#next)
      return peer
    }
    const { create } = hub
    hub.create = (id, kind, options) => {
      create.call(hub, id, kind, options)
      this.#watchPrimitive(hub.find(id)!)
    }
  }

  /** Attaches the process that `start` makes. */
  introduce(start: () => SimProcess): SimProcess {
    let process: SimProcess | undefined
    this.#next = () => process!
    process = start()
    return process
  }

  /** Whose logs must be compared with the users'. */
  takeChanged(): Iterable<PortModel> {
    const changed = this.#changed
    if (changed.size > 0) this.#changed = new Set()
    return changed
  }

  #watch(peer: Peer, process: () => SimProcess): void {
    const ports: Array<PortModel | undefined> = []
    let tunnelled = 0
    const { onFrame } = peer
    peer.onFrame = (type, bytes, start, end) => {
      if (type === Frame.TUNNEL_OPEN) {
        const child = process().carried[tunnelled++]!
        this.#next = () => child
      } else this.#received(process(), ports, type, [bytes, start, end])
      onFrame.call(peer, type, bytes, start, end)
    }
    this.#watchWriter(peer, ports)
  }

  #received(process: SimProcess, ports: Array<PortModel | undefined>, type: number, [bytes, start, end]: Body): void {
    const number = (i: number) => readU32(bytes, start + 4 * i)
    if (type === Frame.OPEN) return void ports.push(this.#open(process, ports.length, [bytes, start + 4, end]))
    const port = ports[number(0)]
    if (port === undefined) return
    this.#changed.add(port)
    this.#world.saw(nameOf(type))
    const { queue } = port
    this.#world.trace(() => `${process.name} > ${nameOf(type)} ${queue.id} ${numbers(bytes, start, end)}`)
    switch (type) {
      case Frame.PUT:
        return queue.put(port, [...items(bytes, start + ITEMS_AT, number(1))])
      case Frame.PUT_REFS: {
        let at = start + 8
        for (let i = 0; i < number(1); i++) at += 4 + readU32(bytes, at)
        return queue.put(port, [...items(bytes, at, 1)])
      }
      case Frame.SPENT:
        return queue.spent(port, number(2), number(4) !== 0)
      case Frame.RETURN:
        return queue.returned(port, number(1), number(2), number(3))
      case Frame.ASK:
        return queue.ask(port, number(1), number(2), number(3), number(4) !== 0)
      case Frame.CANCEL:
        return queue.cancel(port, number(1), number(2))
      case Frame.ACK:
        return queue.ack(port, number(1))
      case Frame.RELEASE:
        ports[number(0)] = undefined
    }
  }

  #open(process: SimProcess, channel: number, [bytes, start, end]: Body): PortModel | undefined {
    const [id, kind, options] = decode(bytes, start, end, NO_HANDLES) as [string, string, Record<string, number> | null]
    if (options !== null) {
      const letters = kind === 'joinable-queue' ? new QueueModel(this.#world, `${id}/dead-letters`, {}) : undefined
      if (letters !== undefined) this.queues.set(letters.id, letters)
      const { deliveryLimit = 0, ...bounds } = options
      const limit = letters === undefined ? 0 : deliveryLimit
      this.queues.set(id, new QueueModel(this.#world, id, { ...bounds, deliveryLimit: limit }, letters))
    } else if (this.#hub.find(id) === undefined) {
      process.handles.get(channel)?.isGone()
      return undefined
    }
    this.#opening = this.queues.get(id)!.connect(process, channel)
    return this.#opening
  }

  /** Learns of the end of a channel when the primitive does: of several that end at once, one comes before the other. */
  #watchPrimitive(primitive: Primitive): void {
    const { connect } = primitive
    primitive.connect = (outlet) => {
      const model = this.#opening!
      const port = connect.call(primitive, outlet)
      const { release } = port
      port.release = (how) => {
        this.#release(model)
        release.call(port, how)
      }
      return port
    }
  }

  #release(port: PortModel): void {
    this.#changed.add(port)
    const handle = port.process.handles.get(port.channel)
    const lost = handle === undefined ? 0 : handle.put.length - port.accepted.length
    if (lost > 0 && port.process.exited)
      this.#world.note('nothing is lost', `${port.process.name} ended by itself, and ${lost} of its items with it`)
    port.queue.outstanding -= lost
    if (handle !== undefined) handle.cutOff = true
    port.queue.release(port)
  }

  /** Sees what the hub writes when it writes it. */
  #watchWriter({ link: { writer } }: Peer, ports: ReadonlyArray<PortModel | undefined>): void {
    const { begin, u32, copyItems } = writer
    let fields: number[] = []
    let missing = 0
    let frame = 0
    writer.begin = (type) => {
      frame = type
      fields = []
      missing = type === Frame.GRANT ? 5 : type === Frame.DENY ? 3 : type === Frame.RECALL ? 2 : 0
      return begin.call(writer, type) as typeof writer
    }
    writer.u32 = (value) => {
      if (missing > 0) {
        fields.push(value)
        if (--missing === 0) this.#wrote(frame, fields, ports)
      }
      return u32.call(writer, value) as typeof writer
    }
    writer.copyItems = (type, channel, run) => {
      this.#lent(ports[channel], run)
      copyItems.call(writer, type, channel, run)
    }
  }

  #wrote(type: number, [channel, lane, a, b, c]: readonly number[], ports: ReadonlyArray<PortModel | undefined>): void {
    const port = ports[channel!]
    if (port === undefined) return
    this.#world.saw(nameOf(type))
    this.#world.trace(
      () => `${port.process.name} < ${nameOf(type)} ${port.queue.id} ${lane} ${a} ${b ?? ''} ${c ?? ''}`,
    )
    if (type === Frame.RECALL) return port.queue.recall(port, lane!)
    if (type === Frame.DENY) return port.queue.deny(port, lane!, a!)
    if (lane !== SLOTS)
      this.#world.fail('the protocol is kept', `GRANT in lane ${lane}, not ${SLOTS}: ${ITEMS} has ITEMS`)
    port.queue.grant(port, a!, b!, c!)
  }

  #lent(port: PortModel | undefined, run: ItemRun): void {
    if (port === undefined) return
    const ids = [...items(run.bytes, run.start, run.count)].map(({ id }) => id)
    this.#world.trace(() => `${port.process.name} < ITEMS ${port.queue.id} ${ids}`)
    port.queue.lend(port, ids, run.deliveries)
  }
}

/** The items that lie at `at`. */
function* items(bytes: Uint8Array, at: number, count: number): Iterable<{ id: number; size: number }> {
  for (let i = 0; i < count; i++) {
    const size = readU32(bytes, at)
    yield { id: idOf(decode(bytes, at + 4, at + 4 + size, NO_HANDLES)), size }
    at += 4 + size
  }
}

const NO_HANDLES = { handle: () => ({}) }

const NAMES = new Map<number, string>(Object.entries(Frame).map(([name, type]) => [type, name]))

function nameOf(type: number): string {
  return NAMES.get(type) ?? String(type)
}

function numbers(bytes: Uint8Array, start: number, end: number): string {
  const count = Math.min(7, (end - start) >> 2)
  return Array.from({ length: count - 1 }, (_, i) => readU32(bytes, start + 4 * i + 4)).join(' ')
}
