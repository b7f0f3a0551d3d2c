import { HANDLE } from '../../src/handle.ts'
import type { Handle } from './handle.ts'
import type { Scenario } from './scenario.ts'
import type { SimProcess } from './sim-process.ts'

interface Letter {
  readonly id: number
  readonly count: number
}

/**
 * Three processes that learn from each other what must be possible by now, and do it without waiting.
 *
 *     A ------ parcels (maxsize) ------> B    B gets, nowait, what a letter says was put
 *     A -- letters --> C -- relayed --> B
 *     A <----------- receipts ---------- B    A puts, nowait, when a receipt says that there is room
 */
export class Exchange {
  readonly #scenario: Scenario
  readonly #people: readonly [a: SimProcess, b: SimProcess, c: SimProcess]
  readonly #parcels: Handle
  readonly #letters: Handle
  readonly #relayed: Handle
  readonly #receipts: Handle
  readonly #maxsize: number
  #left: number
  #put = 0
  #received = 0
  #taken = 0
  #putting = false

  constructor(scenario: Scenario, people: readonly [a: SimProcess, b: SimProcess, c: SimProcess]) {
    const { random } = scenario
    this.#scenario = scenario
    this.#people = people
    this.#left = random.between(3, 25)
    this.#maxsize = random.pick([1, 2, 5, 30])
    this.#parcels = scenario.create(people[0], false, { maxsize: this.#maxsize })
    this.#letters = scenario.create(people[0], false, {})
    this.#relayed = scenario.create(people[0], false, { maxsize: random.pick([0, 1, 3]) })
    this.#receipts = scenario.create(people[0], false, { maxsize: random.pick([0, 1, 3]) })
  }

  /** Once the hub has heard of the queues. */
  begin(): void {
    const [, b, c] = this.#people
    const at = (process: SimProcess, handle: Handle) => this.#scenario.open(process, handle.queue[HANDLE])
    const toB = at(b, this.#relayed)
    const parcels = at(b, this.#parcels)
    const receipts = at(b, this.#receipts)
    const fromA = at(c, this.#letters)
    const relay = at(c, this.#relayed)
    this.#forEach(fromA, async (letter) => void relay.putItem({ ...letter, id: this.#scenario.newId() }))
    this.#forEach(toB, (letter) => this.#take(parcels, receipts, letter))
    this.#forEach(this.#receipts, async ({ count }) => {
      this.#received = count
      void this.#send()
    })
    void this.#send()
  }

  /** A: there is room for what the receipts cover. */
  async #send(): Promise<void> {
    if (this.#putting) return
    this.#putting = true
    while (this.#left > 0 && this.#put - this.#received < this.#maxsize) {
      if (!(await this.#parcels.putItem(this.#scenario.newId(), { timeout: 0 }))) {
        if (this.#parcels.usable)
          this.#fail(`no room for item ${this.#put + 1} of ${this.#maxsize} though ${this.#received} were taken`)
        return
      }
      this.#left--
      this.#put++
      this.#scenario.world.saw('a parcel put on the word of a receipt')
      void this.#letters.putItem({ id: this.#scenario.newId(), count: this.#put })
    }
    this.#putting = false
  }

  /** B: what the letter says was put can be taken. */
  async #take(parcels: Handle, receipts: Handle, { count }: Letter): Promise<void> {
    while (this.#taken < count) {
      if ((await parcels.takeItem({ timeout: 0 })) === undefined) {
        if (parcels.usable) this.#fail(`${count} were put, but ${this.#taken} could be taken`)
        return
      }
      this.#taken++
      this.#scenario.world.saw('a parcel taken on the word of a letter')
    }
    void receipts.putItem({ id: this.#scenario.newId(), count })
  }

  /** Reads one letter after the other, up to something that is none. */
  #forEach(handle: Handle, read: (letter: Letter) => Promise<void>): void {
    void handle.takeItem().then(async (letter) => {
      this.#scenario.world.activity++
      if (typeof letter !== 'object') return
      await read(letter as Letter)
      if (handle.usable) this.#forEach(handle, read)
    })
  }

  #fail(detail: string): void {
    this.#scenario.world.note('causal', detail)
  }
}
