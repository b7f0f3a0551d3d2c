import type { Outlet } from '../../src/primitives/primitive.ts'
import type { SemaphorePort, SemaphorePrimitive } from '../../src/primitives/semaphore.ts'
import type { World } from './world.ts'

interface Asker {
  readonly port: SemaphorePort
  readonly id: number
  readonly nowait: boolean
  /** Since when it is the first in line, and how often others entered who had come long after that. */
  first: number | undefined
  overtaken: number
}

/** So often somebody may: in the turn in which the recall comes, and in the one before. */
const TURNS = 4
/** Who enters again within so many milliseconds does so in the same turn. */
const TURN = 0.3

/** Who waits at the hub for permits of one semaphore, in the order in which they came, by what the hub is told and tells. */
export class PermitLine {
  readonly #world: World
  #line: Asker[] = []
  #granted = 0
  #entered = 0
  /** After how many milliseconds everybody has heard of whatever happened. */
  readonly #longest: number

  constructor(world: World, semaphore: SemaphorePrimitive, longest: number) {
    this.#world = world
    this.#longest = longest
    const { connect } = semaphore
    semaphore.connect = (outlet) => {
      const port: SemaphorePort = connect.call(
        semaphore,
        this.#overheard(outlet, () => port),
      )
      this.#watch(port)
      return port
    }
  }

  /** Somebody who came at that time has entered: not again and again while another is first in line. */
  entered(name: string, began: number): void {
    const { time } = this.#world
    const first = this.#line[0]
    if (first?.first === undefined || first.port.outlet.who === name || began < first.first + this.#longest) return
    if (time - this.#entered < TURN) return
    this.#entered = time
    if (++first.overtaken > TURNS)
      this.#world.note('first come, first served', `${first.port.outlet.who} is the first in line, and ${name} enters`)
  }

  #watch(port: SemaphorePort): void {
    const { ask, cancel, returned, release } = port
    port.ask = (lane, id, count, cost, nowait) => {
      this.#line.push({ port, id, nowait, first: undefined, overtaken: 0 })
      this.#mark()
      ask.call(port, lane, id, count, cost, nowait)
    }
    port.cancel = (lane, id) => {
      this.#leave((asker) => asker.port === port && asker.id === id)
      cancel.call(port, lane, id)
    }
    port.returned = (lane, count, cost, untold) => {
      this.#world.saw(cost > 0 ? 'given back unasked' : 'RECALL answered')
      if (lane === 0 && cost === 0 && count > 0) this.#leave((asker) => asker.port === port && !asker.nowait)
      if (untold > 0) this.#world.saw('news given back')
      returned.call(port, lane, count, cost, untold)
    }
    port.release = () => {
      this.#leave((asker) => asker.port === port)
      release.call(port)
    }
  }

  #overheard(outlet: Outlet, port: () => SemaphorePort): Outlet {
    return {
      hub: outlet.hub,
      peer: outlet.peer,
      who: outlet.who!,
      lease: (lane) => {
        const { awaited, deny, recall } = outlet.lease(lane)
        const denied = (id: number) => {
          this.#world.saw('DENY')
          this.#leave((asker) => asker.port === port() && asker.id === id)
          deny(id)
        }
        return { awaited, deny: denied, recall }
      },
      grant: (lane, count, id, cost) => {
        this.#grant(port(), count)
        outlet.grant(lane, count, id, cost)
      },
      items: (run, fetch) => outlet.items(run, fetch),
      notice: (news) => outlet.notice(news),
    }
  }

  #grant(port: SemaphorePort, count: number): void {
    this.#granted += count
    for (let i = 0; i < count; i++) {
      const first = this.#line.shift()
      this.#mark()
      if (first?.port !== port)
        this.#world.note(
          'first come, first served',
          `grant ${this.#granted} went to ${port.outlet.who}, who was not first`,
        )
    }
  }

  #leave(gone: (asker: Asker) => boolean): void {
    this.#line = this.#line.filter((asker) => !gone(asker))
    this.#mark()
  }

  #mark(): void {
    const first = this.#line[0]
    if (first !== undefined) first.first ??= this.#world.time
  }
}
