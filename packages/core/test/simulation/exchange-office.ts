import type { Connector, Offer } from '../../src/connector.ts'
import type { Transport } from '../../src/transport.ts'
import type { SimProcess } from './sim-process.ts'
import { type WireNature, wires } from './wire.ts'
import type { World } from './world.ts'

interface Waiting {
  readonly process: SimProcess
  readonly resolve: (transport: Transport) => void
}

/** Where processes of the simulation find each other, late and not always. */
export class ExchangeOffice {
  readonly #world: World
  readonly #nature: WireNature
  readonly #waiting = new Map<string, Waiting>()
  #last = 0

  constructor(world: World, nature: WireNature) {
    this.#world = world
    this.#nature = nature
  }

  connectorFor(process: SimProcess): Connector {
    return { offer: () => this.#offer(process), accept: (address) => this.#accept(process, address) }
  }

  async #offer(process: SimProcess): Promise<Offer> {
    await this.#time(process)
    const address = `${++this.#last}`
    let cancel = () => {}
    const transport = new Promise<Transport>((resolve, reject) => {
      cancel = () => {
        this.#waiting.delete(address)
        reject(new Error('cancelled'))
      }
      this.#waiting.set(address, { process, resolve })
    })
    transport.catch(() => {})
    return { address, transport, cancel }
  }

  async #accept(process: SimProcess, address: string): Promise<Transport> {
    await this.#time(process)
    const waiting = this.#waiting.get(address)
    if (waiting === undefined || !waiting.process.alive) throw new Error('nobody waits there')
    this.#waiting.delete(address)
    const [near, far] = wires(this.#world, this.#nature, waiting.process, process)
    waiting.process.addWire(near)
    process.addWire(far)
    this.#world.at(this.#world.random.next(), waiting.process, () => {
      this.#world.activity++
      waiting.resolve(near)
    })
    this.#world.saw('a connection without the hub')
    return far
  }

  /** Something that takes a while, and fails now and then. */
  async #time(process: SimProcess): Promise<void> {
    const { random } = this.#world
    await new Promise<void>((resolve) =>
      this.#world.at(random.next() * 2, process, () => {
        this.#world.activity++
        resolve()
      }),
    )
    if (random.chance(0.05)) throw new Error('no connection')
  }
}
