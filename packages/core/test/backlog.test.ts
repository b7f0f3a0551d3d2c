import { describe, expect, test } from 'vitest'
import { Backlog, type Source, type Unit } from '../src/primitives/backlog.ts'
import { Random } from './random.ts'

/** A unit that is its own source. */
class Job implements Unit, Source<Job> {
  order = 0
  cost = 0
  readonly caller = 'everybody'
  readonly estimate = undefined
  readonly portable = true
  ready = true
  readonly priority: number
  readonly #onTake: () => void

  constructor(priority: number, onTake = () => {}) {
    this.priority = priority
    this.#onTake = onTake
  }

  next(): Job | undefined {
    this.#onTake()
    this.ready = false
    return this
  }
}

function takeAll(backlog: Backlog<Job>): Job[] {
  const jobs: Job[] = []
  for (let job = backlog.take(1); job !== undefined; job = backlog.take(1)) jobs.push(job)
  return jobs
}

describe('a backlog of many priorities', () => {
  test('keeps no place for each that there ever was', () => {
    const backlog = new Backlog<Job>()
    for (let priority = 0; priority < 1_000; priority++) {
      backlog.add(new Job(priority))
      expect(backlog.take(1)?.priority).toBe(priority)
    }
    expect(backlog.levels).toBeLessThan(10)
    expect([backlog.empty, backlog.size]).toEqual([true, 0])
  })

  test('gives the most urgent first, and what came first of those', () => {
    const random = new Random(7)
    const backlog = new Backlog<Job>()
    let model: Job[] = []
    for (let step = 0; step < 5_000; step++) {
      if (random.int(2) === 0) {
        const job = new Job(random.int(40))
        backlog.add(job)
        model.push(job)
      } else {
        const [first] = model.toSorted((one, other) => other.priority - one.priority)
        expect(backlog.take(1)).toBe(first)
        model = model.filter((job) => job !== first)
      }
      expect(backlog.size).toBe(model.length)
    }
    expect(takeAll(backlog)).toEqual(model.toSorted((one, other) => other.priority - one.priority))
  })

  test('loses nothing where taking one adds others', () => {
    const backlog = new Backlog<Job>()
    const adds = () => {
      for (let priority = 20; priority > 0; priority--) backlog.add(new Job(priority))
    }
    backlog.add(new Job(10, adds))
    expect(takeAll(backlog)).toHaveLength(21)
    expect(backlog.empty).toBe(true)
  })
})
