import { JoinableQueue } from '../../src/joinable-queue.ts'
import type { WaitOptions } from '../../src/lessee.ts'
import { Queue } from '../../src/queue.ts'
import { waitOptions } from './cancellation.ts'
import type { Handle } from './handle.ts'
import { itemOf } from './item.ts'
import type { Scenario } from './scenario.ts'

/** What user code does with its queues, at random. */
export class User {
  readonly #scenario: Scenario
  /** Whether some items are larger than a batch. */
  readonly #large: boolean
  /** Whether handles travel as items. */
  readonly #passesHandles: boolean

  constructor(scenario: Scenario) {
    const { random } = scenario
    this.#scenario = scenario
    this.#large = random.chance(0.25)
    this.#passesHandles = random.chance(0.15)
  }

  /** One thing that somebody does. */
  act(handle: Handle): void {
    const { random } = this.#scenario
    const count = random.pick([1, 1, 2, 3, 5, 12, 40])
    const roll = random.next()
    if (roll < 0.22) this.#putAtOnce(handle, count)
    else if (roll < 0.4) this.#putInTurn(handle, count)
    else if (roll < 0.62) this.#getAtOnce(handle, count)
    else if (roll < 0.86) this.#getInTurn(handle, count)
    else if (roll < 0.9) void handle.size()
    else if (roll < 0.92) handle.putRubbish(this.#options(handle))
    else if (roll < 0.94 && handle.queue instanceof JoinableQueue) void handle.join()
    else if (roll < 0.95) handle.close()
    else if (roll < 0.96) this.#forget(handle)
    else if (roll < 0.98) this.#passHandle(handle)
    else this.#beBusy(handle, count)
  }

  #putAtOnce(handle: Handle, count: number): void {
    const options = this.#options(handle)
    for (let i = 0; i < count; i++) void handle.putItem(this.#item(), options)
  }

  #putInTurn(handle: Handle, count: number): void {
    if (count === 0 || !handle.usable) return
    void handle.putItem(this.#item(), this.#options(handle)).then((room) => {
      if (room || this.#scenario.random.chance(0.5)) this.#putInTurn(handle, count - 1)
    })
  }

  #getAtOnce(handle: Handle, count: number): void {
    const options = this.#options(handle)
    for (let i = 0; i < count; i++) this.#get(handle, options)
  }

  #getInTurn(handle: Handle, count: number): void {
    if (count === 0 || !handle.usable) return
    void this.#get(handle, this.#options(handle)).then((came) => {
      if (came || this.#scenario.random.chance(0.5)) this.#getInTurn(handle, count - 1)
    })
  }

  async #get(handle: Handle, options: WaitOptions): Promise<boolean> {
    const { random, world } = this.#scenario
    const joinable = handle.queue instanceof JoinableQueue
    const item = joinable && random.chance(0.5) ? await handle.receive(options) : await handle.takeItem(options)
    if (item === undefined || item === false) return false
    if (joinable && random.chance(0.9)) world.at(random.next() * 3, handle.process, () => handle.finish())
    const passed = typeof item === 'object' && item !== null && 'handle' in item ? item.handle : undefined
    if (passed instanceof Queue) this.#use(handle, passed)
    return true
  }

  /** A call that is under way keeps its handle from being garbage. */
  #forget(handle: Handle): void {
    for (const pending of handle.pending)
      if (pending.handle === handle && (pending.kind === 'call' || pending.kind === 'join')) return
    handle.forget()
  }

  /** Makes a queue, sends it through another, and perhaps keeps nothing of it. */
  #passHandle(handle: Handle): void {
    if (!this.#passesHandles) return
    const { random } = this.#scenario
    const passed = this.#scenario.create(handle.process, false, { maxsize: random.pick([0, 1, 4]) })
    if (random.chance(0.5)) void passed.putItem(this.#item(), {})
    void handle.putItem({ id: this.#scenario.newId(), handle: passed.queue }, {}).then(() => {
      if (random.chance(0.6)) passed.forget()
    })
  }

  /** A queue arrived: it has to be there. */
  #use({ process }: Handle, queue: Queue): void {
    const handle = this.#scenario.adopt(process, queue)
    handle.cameInItem = true
    this.#scenario.world.saw('a handle in an item')
    // A forgotten one would not have arrived: the garbage collector takes it only when nobody can come across it.
    if (handle.released) return
    void handle.putItem(this.#item(), { timeout: 5 })
    void handle.takeItem({ timeout: 5 })
  }

  /** A turn that takes its time. */
  #beBusy(handle: Handle, count: number): void {
    for (let i = 0; i < count; i++) {
      this.#scenario.world.time += 0.3
      void handle.putItem(this.#item(), { timeout: 8 })
      void this.#get(handle, { timeout: 8 })
    }
  }

  #item(): unknown {
    return itemOf(this.#scenario.newId(), this.#scenario.random, this.#large)
  }

  #options({ process }: Handle): WaitOptions {
    const { random, world } = this.#scenario
    return waitOptions(random, (ms, abort) => world.at(ms, process, abort))
  }
}
