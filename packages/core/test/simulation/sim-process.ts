import { Context } from '../../src/context.ts'
import { DEFAULT_MAX_FRAME } from '../../src/frame.ts'
import type { Hub } from '../../src/hub.ts'
import { memoryTransports } from '../../src/memory-transport.ts'
import type { Transport } from '../../src/transport.ts'
import { Turn } from '../../src/turn.ts'
import type { Handle } from './handle.ts'
import { type Wire, type WireNature, wires } from './wire.ts'
import { type Owner, VirtualClock, type World } from './world.ts'

/** A process of the simulation: a context with a turn and a clock of its own. */
export class SimProcess implements Owner {
  readonly name: string
  readonly context: Context
  /** Open handles by the number of their channel. */
  readonly handles = new Map<number, Handle>()
  /** Processes whose links this one carries, in the order of their start. */
  readonly carried: SimProcess[] = []
  alive = true
  /** It ended by itself, so that nothing it put is lost. */
  exited = false
  /** Its link is up. */
  connected = true
  readonly #world: World
  /** Its ends of connections to other processes. */
  readonly #sideWires = new Set<Wire>()
  /** Its end of its connection; none where the hub lives. */
  readonly #wire: Wire | undefined
  /** Its link goes through another process, which can die with what it has to pass on. */
  readonly #carried: boolean

  constructor(
    world: World,
    name: string,
    clockCost: number,
    turn: Turn | undefined,
    transport: Transport,
    wire?: Wire,
  ) {
    this.name = name
    this.#carried = name.split('.').length > 2
    this.#world = world
    this.#wire = wire
    const clock = new VirtualClock(world, this, clockCost)
    this.context = new Context(name, transport, turn ?? new Turn(clock), clock, DEFAULT_MAX_FRAME)
    this.context.onLost = (error) => {
      this.connected = false
      if (error !== undefined) world.note('the protocol is kept', `${name} closed its link: ${error.stack}`)
    }
  }

  /** Killed: nothing that it was about to do happens; `whole`: all that it had sent arrives. */
  die(whole = false): void {
    this.#world.trace(() => `${this.name} dies`)
    this.#world.saw('death')
    this.alive = false
    this.connected = false
    if (whole) this.#wire?.end()
    else this.#wire?.die()
    for (const wire of this.#sideWires) wire.die()
    for (const child of this.carried) if (child.alive) child.unplug()
  }

  /** Ends by itself, as `process.exit` does: what was written leaves first. */
  exit(): void {
    this.#world.trace(() => `${this.name} exits`)
    this.#world.saw('exit')
    this.context.sayGoodbye()
    this.context.flushSync()
    this.alive = false
    this.exited = this.#wire?.whole === true && !this.#carried
    this.connected = false
    this.#wire?.end()
    for (const wire of this.#sideWires) wire.end()
    for (const child of this.carried) if (child.alive) child.unplug()
  }

  /** It has another connection. */
  addWire(wire: Wire): Wire {
    this.#sideWires.add(wire)
    return wire
  }

  /** The connection breaks, and the process lives on. */
  unplug(): void {
    this.#world.trace(() => `${this.name} is unplugged`)
    this.#world.saw('broken connection')
    this.#wire?.break()
  }
}

/** The process in which the hub lives: linked in memory, in the hub's own turn, as `createRoot` does. */
export function rootProcess(world: World, hub: Hub, clockCost: number): SimProcess {
  const [near, far] = memoryTransports()
  hub.attach(far)
  return new SimProcess(world, '0', clockCost, hub.turn, near)
}

/** A process with a connection of its own to the hub. */
export function childProcess(world: World, hub: Hub, host: Owner, name: string, nature: WireNature, cost: number) {
  const late: Owner = { name, alive: true }
  const [near, far] = wires(world, nature, late, host)
  const process = new SimProcess(world, name, cost, undefined, near, near)
  follow(late, process)
  hub.attach(far, (error) => {
    if (error !== undefined) world.note('the protocol is kept', `the hub closed ${name}: ${error.stack}`)
  })
  return process
}

/** A child of a child: its link is carried by its parent's. */
export function grandchildProcess(world: World, parent: SimProcess, name: string, nature: WireNature, cost: number) {
  const late: Owner = { name, alive: true }
  const [near, far] = wires(world, nature, late, parent)
  const process = new SimProcess(world, name, cost, undefined, near, near)
  follow(late, process)
  parent.carried.push(process)
  parent.context.carry(far, () => {})
  return process
}

/** The wire was made before its owner was. */
function follow(late: Owner, process: SimProcess): void {
  Object.defineProperty(late, 'alive', { get: () => process.alive })
}
