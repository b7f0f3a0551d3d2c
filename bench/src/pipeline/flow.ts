import type { Item, Load, Run } from './load.ts'
import { stages } from './load.ts'
import { step } from './tasks.ts'

/** The source and the end of a pipeline: counts what is between them, and checks what arrives. */
export class Flow {
  readonly #load: Load
  readonly #count: number
  readonly #began = performance.now()
  #given = 0
  #arrived = 0
  #ids = 0
  #peak = 0

  constructor(load: Load, count: number) {
    this.#load = load
    this.#count = count
  }

  *items(): Generator<Item> {
    while (this.#given < this.#count) {
      const id = this.#given++
      this.#peak = Math.max(this.#peak, this.#given - this.#arrived)
      yield { id, name: `item ${id}`, steps: this.#load.steps, done: 0, sum: 0 }
    }
  }

  /** An item has come through. @throws Error at one that is not what the stages make of it */
  arrived(item: Item): void {
    this.#arrived++
    this.#ids += item.id
    if (item.done !== stages || item.sum !== this.#sumOf(item.id)) throw new Error(`Item ${item.id} is not right.`)
  }

  /** @throws Error if not each item has come through once */
  end(): Run {
    const seconds = (performance.now() - this.#began) / 1000
    if (this.#arrived !== this.#count || this.#ids !== (this.#count * (this.#count - 1)) / 2)
      throw new Error(`Of ${this.#count} items, ${this.#arrived} came through, or others.`)
    return { seconds, peak: this.#peak }
  }

  #sumOf(id: number): number {
    const { steps } = this.#load
    return stages * (steps === 0 ? id : busySums(steps)[id & 7]!)
  }
}

const known = new Map<number, readonly number[]>()

function busySums(steps: number): readonly number[] {
  let sums = known.get(steps)
  if (sums === undefined) {
    sums = Array.from({ length: 8 }, (_, id) => step({ id, name: '', steps, done: 0, sum: 0 }).sum)
    known.set(steps, sums)
  }
  return sums
}
