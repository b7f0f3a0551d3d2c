import type { Outlet } from '../../src/primitives/primitive.ts'
import type { SemaphorePort, SemaphorePrimitive } from '../../src/primitives/semaphore.ts'
import type { World } from './world.ts'

interface Asker {
  readonly port: SemaphorePort
  readonly id: number
  readonly nowait: boolean
}

/** Who waits at the hub for permits of one semaphore, in the order in which they came, by what the hub is told and tells. */
export class PermitLine {
  readonly #world: World
  #line: Asker[] = []
  #granted = 0
  /** Who was recalled since it was granted anything. */
  readonly #recalled = new Map<SemaphorePort, boolean>()

  constructor(world: World, semaphore: SemaphorePrimitive) {
    this.#world = world
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

  /** While anybody waits, all others who have permits were told. */
  check(): void {
    for (const [port, recalled] of this.#recalled) {
      const { held, inUse, recalled: pending } = port.lease
      if (recalled || pending || held + inUse === 0 || !this.#line.some((asker) => asker.port !== port)) continue
      this.#world.note('first come, first served', `${port.outlet.who} does not know that others wait for what it has`)
    }
  }

  #watch(port: SemaphorePort): void {
    const { ask, cancel, returned, release } = port
    port.ask = (lane, id, count, cost, nowait) => {
      this.#line.push({ port, id, nowait })
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
      this.#recalled.delete(port)
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
        const recalled = () => {
          this.#recalled.set(port(), true)
          recall()
        }
        return { awaited, deny: denied, recall: recalled }
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
    this.#recalled.set(port, false)
    for (let i = 0; i < count; i++) {
      const first = this.#line.shift()
      if (first?.port !== port)
        this.#world.note(
          'first come, first served',
          `grant ${this.#granted} went to ${port.outlet.who}, who was not first`,
        )
    }
  }

  #leave(gone: (asker: Asker) => boolean): void {
    this.#line = this.#line.filter((asker) => !gone(asker))
  }
}
