import { HANDLE } from '../../src/handle.ts'
import { checkAtRest, checkNothingHeld } from './at-rest.ts'
import { audit } from './audit.ts'
import { Exchange } from './exchange.ts'
import type { Handle } from './handle.ts'
import { type Violation, violationOf } from './invariants.ts'
import { Scenario } from './scenario.ts'
import type { SimProcess } from './sim-process.ts'
import { User } from './user.ts'

/** Runs one seed from beginning to end; undefined if every invariant held. */
export function simulate(seed: number, trace?: (line: string) => void): Promise<Violation | undefined> {
  return violationOf(() => play(seed, trace))
}

/** As `simulate`, but throws the violation, and tells what happened how often. */
export async function play(seed: number, trace?: (line: string) => void): Promise<ReadonlyMap<string, number>> {
  const scenario = new Scenario(seed, trace)
  await run(scenario)
  return scenario.world.seen
}

async function run(scenario: Scenario): Promise<void> {
  const { random, world } = scenario
  startProcesses(scenario)
  await world.rest()
  const shared = await shareQueues(scenario)
  const user = new User(scenario)
  const span = random.pick([2, 10, 40])
  for (let i = random.between(8, 45); i > 0; i--)
    world.at(random.next() * span, undefined, () => {
      const usable = shared.filter((handle) => handle.usable)
      if (usable.length > 0) user.act(random.pick(usable))
    })
  if (random.chance(0.6)) for (let i = random.between(1, 2); i > 0; i--) scheduleEnd(scenario, span)
  await world.rest()
  checkAtRest(scenario)
  await audit(scenario)
  await endAll(scenario)
}

function startProcesses(scenario: Scenario): void {
  const { random } = scenario
  if (random.chance(0.8)) scenario.startRoot()
  for (let i = random.between(1, 4); i > 0; i--) {
    const parents = scenario.processes.filter(({ name }) => name !== '0')
    if (parents.length > 0 && random.chance(0.15)) scenario.startGrandchild(random.pick(parents))
    else scenario.startChild()
  }
}

/** Makes the queues and opens them in most processes; returns every handle that users may use as they like. */
async function shareQueues(scenario: Scenario): Promise<Handle[]> {
  const { random, processes, world } = scenario
  const shared: Handle[] = []
  for (let i = random.between(1, 3); i > 0; i--)
    shared.push(
      scenario.create(random.pick(processes), random.chance(0.3), {
        maxsize: random.pick([1, 1, 2, 3, 5, 8, 20, 150, 0]),
        maxbytes: random.chance(0.15) ? random.between(20, 400) : 0,
        deliveryLimit: random.between(1, 3),
      }),
    )
  const exchange = random.chance(0.4)
    ? new Exchange(scenario, [random.pick(processes), random.pick(processes), random.pick(processes)])
    : undefined
  await world.rest()
  for (const { process: maker, queue } of [...shared])
    for (const process of processes)
      if (process !== maker && random.chance(0.8)) shared.push(scenario.open(process, queue[HANDLE]))
  exchange?.begin()
  return shared
}

/** Somebody dies, ends or is cut off, some time. */
function scheduleEnd({ world, random, processes }: Scenario, span: number): void {
  world.at(random.next() * span * 1.2, undefined, () => {
    const mortal = processes.filter(({ name, alive }) => alive && name !== '0')
    if (mortal.length === 0) return
    endOne(random.pick(mortal), random.next())
  })
}

function endOne(process: SimProcess, roll: number): void {
  if (roll < 0.6) process.die()
  else if (roll < 0.8) process.exit()
  else process.unplug()
}

/** All links go, in any order; then nothing is pending and nothing is kept. */
async function endAll(scenario: Scenario): Promise<void> {
  const { random, processes, world } = scenario
  for (const process of processes) {
    if (!process.alive) continue
    if (process.name === '0') process.context.link.close()
    else if (random.chance(0.5)) process.unplug()
    else process.die()
  }
  await world.rest()
  checkNothingHeld(scenario)
}
