import { HANDLE } from '../../src/handle.ts'
import type { Handle } from './handle.ts'
import { type Violation, violationOf } from './invariants.ts'
import { Scenario } from './scenario.ts'
import type { World } from './world.ts'

/**
 * Python's commonest program on a queue: items, and behind them a marker for each consumer, who ends with the first that
 * it takes. Items are even numbers, markers odd ones.
 */
export function simulateMarkers(seed: number, trace?: (line: string) => void): Promise<Violation | undefined> {
  return violationOf(() => run(new Scenario(seed, trace)))
}

async function run(scenario: Scenario): Promise<void> {
  const { random, world } = scenario
  if (random.chance(0.5)) scenario.startRoot()
  for (let i = random.between(2, 5); i > 0; i--) scenario.startChild()
  await world.rest()
  const maker = scenario.create(random.pick(scenario.processes), random.chance(0.5), {
    maxsize: random.pick([0, 0, 0, 1, 3, 12]),
  })
  await world.rest()
  const consumers: Consumer[] = []
  for (const process of scenario.processes) {
    if (process === maker.process && random.chance(0.7)) continue
    const handle = process === maker.process ? maker : scenario.open(process, maker.queue[HANDLE])
    for (let i = random.pick([1, 1, 1, 2, 3]); i > 0; i--) consumers.push(new Consumer(scenario, handle))
  }
  const count = random.pick([3, 10, 10, 40, 150])
  for (const consumer of consumers) world.at(random.next() * 4, consumer.handle.process, () => void consumer.consume())
  world.at(random.next() * 4, maker.process, () => void produce(scenario, maker, count, consumers.length))
  await world.rest()
  for (const { handle, ended } of consumers)
    if (!ended) world.fail('nothing is lost', `a consumer of ${handle.process.name} still waits for its marker`)
  const taken = consumers.reduce((sum, consumer) => sum + consumer.taken, 0)
  if (taken < count) world.fail('nothing is lost', `${count - taken} of ${count} items remain behind the markers`)
}

async function produce({ random, world }: Scenario, handle: Handle, count: number, markers: number): Promise<void> {
  const pace = random.pick([0, 0, 0.05, 0.5])
  const atOnce = random.chance(0.3)
  const put = (id: number) => {
    const done = handle.putItem(id)
    return atOnce ? undefined : done
  }
  for (let i = 0; i < count; i++) {
    await put(2 * i)
    if (pace > 0) await pause(world, handle, random.next() * pace)
  }
  for (let i = 0; i < markers; i++) await put(2 * i + 1)
}

/** One who takes until a marker comes; there may be several in one process. */
class Consumer {
  readonly handle: Handle
  taken = 0
  ended = false
  readonly #scenario: Scenario
  /** How long it is busy with an item at most, in milliseconds. */
  readonly #pace: number

  constructor(scenario: Scenario, handle: Handle) {
    this.#scenario = scenario
    this.handle = handle
    this.#pace = scenario.random.pick([0, 0, 0.02, 0.5, 6])
  }

  async consume(): Promise<void> {
    const { random, world } = this.#scenario
    for (;;) {
      const item = (await this.handle.takeItem()) as number | undefined
      if (item === undefined) return
      this.handle.finish()
      if (item % 2 === 1) break
      this.taken++
      if (this.#pace > 0 && random.chance(0.7)) await pause(world, this.handle, random.next() * this.#pace)
    }
    this.ended = true
  }
}

function pause(world: World, { process }: Handle, ms: number): Promise<void> {
  return new Promise((resolve) => {
    world.at(ms, process, () => {
      world.activity++
      resolve()
    })
  })
}
