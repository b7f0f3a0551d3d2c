import { HANDLE } from '../../src/handle.ts'
import { Hub } from '../../src/hub.ts'
import { JoinableQueue } from '../../src/joinable-queue.ts'
import { Queue } from '../../src/queue.ts'
import type { QueueOptions } from '../../src/queue-channel.ts'
import { Turn } from '../../src/turn.ts'
import { inContext } from '../in-context.ts'
import type { Random } from '../random.ts'
import { Handle, type Pending } from './handle.ts'
import type { QueueModel } from './queue-model.ts'
import { childProcess, grandchildProcess, rootProcess, type SimProcess } from './sim-process.ts'
import type { WireNature } from './wire.ts'
import { Witness } from './witness.ts'
import { type Owner, VirtualClock, World } from './world.ts'

/**
 * The cast of one run: a hub, processes, and who holds which queue.
 *
 *     user code ── Handle ── Queue ── Context ── Link ── Wire ~~~ Wire ── Link ── Peer ── primitive
 *                    │                                                     │
 *                    └────────────── QueueModel ──────────────────── Witness
 */
export class Scenario {
  readonly world: World
  readonly random: Random
  readonly hub: Hub
  readonly witness: Witness
  readonly processes: SimProcess[] = []
  readonly handles: Handle[] = []
  readonly pending = new Set<Pending>()
  readonly #host: Owner = { name: 'hub', alive: true }
  readonly #nature: WireNature
  #lastId = 1000

  constructor(seed: number, trace?: (line: string) => void) {
    this.world = new World(seed, trace)
    const { random } = this.world
    this.random = random
    this.hub = new Hub(new Turn(new VirtualClock(this.world, this.#host, 0.001)))
    this.witness = new Witness(this.world, this.hub)
    const least = random.pick([0.001, 0.05, 0.5])
    this.#nature = {
      delay: [least, least + random.pick([0.001, 0.2, 3])],
      cut: random.pick([0, 0.2, 0.8]),
      highWater: random.pick([20, 300, 5_000, 1e9]),
    }
    this.world.onStep = () => {
      for (const port of this.witness.takeChanged())
        port.process.handles.get(port.channel)?.reconcile(port.accepted, port.spent)
    }
  }

  /** A number for a new item. */
  newId(): number {
    return ++this.#lastId
  }

  startRoot(): SimProcess {
    return this.#start(() => rootProcess(this.world, this.hub, this.#clockCost()))
  }

  startChild(name = `0.${this.processes.length + 1}`): SimProcess {
    return this.#start(() => childProcess(this.world, this.hub, this.#host, name, this.#nature, this.#clockCost()))
  }

  startGrandchild(parent: SimProcess): SimProcess {
    const name = `${parent.name}.${parent.carried.length + 1}`
    const process = grandchildProcess(this.world, parent, name, this.#nature, this.#clockCost())
    this.processes.push(process)
    return process
  }

  /** Makes a queue as user code of that process does. */
  create(
    process: SimProcess,
    joinable: boolean,
    { deliveryLimit = 3, ...options }: QueueOptions & { deliveryLimit?: number },
  ): Handle {
    const make = () => (joinable ? new JoinableQueue({ ...options, deliveryLimit }) : new Queue(options))
    const queue = inContext(process.context, make)
    const { id } = queue[HANDLE]
    this.world.trace(() => `${process.name} makes ${id}: ${joinable ? 'joinable ' : ''}${JSON.stringify(options)}`)
    return this.adopt(process, queue)
  }

  /** As when a handle arrives in a process. */
  open(process: SimProcess, { kind, id, options }: { kind: string; id: string; options: unknown }): Handle {
    return this.adopt(process, process.context.handle(kind, id, options) as Queue)
  }

  adopt(process: SimProcess, queue: Queue): Handle {
    const channel = process.handles.get((Reflect.get(queue, 'channel') as { number: number }).number)
    if (channel !== undefined) return channel
    const { id } = queue[HANDLE]
    const handle = new Handle(this.world, process, queue, () => this.witness.queues.get(id), this.pending)
    this.handles.push(handle)
    return handle
  }

  /** The queues that somebody can still reach. */
  reachable(): QueueModel[] {
    return [...this.witness.queues.values()].filter(({ id }) => this.hub.find(id) !== undefined)
  }

  #start(start: () => SimProcess): SimProcess {
    const process = this.witness.introduce(start)
    this.processes.push(process)
    return process
  }

  /** Now and then looking at the clock takes so long that a turn is over soon. */
  #clockCost(): number {
    return this.random.pick([0.0005, 0.005, 0.05, 0.6])
  }
}
