import { encodeAlone } from '../../src/codec.ts'
import { HANDLE } from '../../src/handle.ts'
import { JoinableQueue } from '../../src/joinable-queue.ts'
import { Queue } from '../../src/queue.ts'
import { checkAtRest } from './at-rest.ts'
import type { Handle } from './handle.ts'
import type { QueueModel } from './queue-model.ts'
import type { Scenario } from './scenario.ts'
import type { SimProcess } from './sim-process.ts'

/**
 * The reckoning: a new process takes what is left, feeds whoever still waits, and tries how much each queue holds.
 */
export async function audit(scenario: Scenario): Promise<void> {
  const { world } = scenario
  const auditor = scenario.startChild('auditor')
  const models = scenario.reachable()
  const handles = models.map((model) => openAs(scenario, auditor, model))
  let idle = 0
  for (let before = -1; ; ) {
    for (const handle of handles) await drain(scenario, handle)
    finishAll(scenario)
    await world.rest()
    checkAtRest(scenario)
    const hungry = waiting(scenario, 'get')
    const left = models.find(({ length }) => length > 0)
    if (hungry.length === 0 && waiting(scenario, 'put').length === 0 && left === undefined) break
    const done = handles.reduce((sum, { taken, put }) => sum + taken.length + put.length, 0)
    idle = done > before ? 0 : idle + 1
    before = done
    if (idle > 5 && left !== undefined) world.fail('nothing is lost', `nobody gets ${left.length} items of ${left.id}`)
    if (idle > 5) world.fail('every operation settles', 'some wait however much they are given')
    for (const { id } of hungry) void handles.find((handle) => handle.id === id)!.putItem(scenario.newId())
    await world.rest()
  }
  await checkJoins(scenario, handles)
  for (const handle of handles) await probe(scenario, handle)
}

function openAs(scenario: Scenario, auditor: SimProcess, { id, deliveryLimit }: QueueModel): Handle {
  const known = scenario.handles.find((handle) => handle.id === id)
  const state = known?.queue[HANDLE] ?? { kind: 'queue', id, options: {} }
  const queue = scenario.open(auditor, state)
  if (deliveryLimit > 0 !== queue.queue instanceof JoinableQueue) throw new Error('the wrong kind of queue')
  return queue
}

/** Takes what there is, without waiting, and finishes it. */
async function drain({ world }: Scenario, handle: Handle): Promise<void> {
  let more = true
  const next = (): void =>
    void handle.takeItem({ timeout: 0 }).then((item) => {
      world.activity++
      handle.finish()
      more = item !== undefined
      if (more) next()
    })
  next()
  await world.rest()
}

/** Whoever is alive finishes what it took. */
function finishAll({ handles }: Scenario): void {
  for (const handle of handles)
    if (handle.process.alive && handle.process.connected) while (handle.unfinished.length > 0) handle.finish()
}

function waiting({ pending }: Scenario, kind: 'get' | 'put'): Handle[] {
  return [...pending].filter((each) => each.kind === kind && each.handle.process.alive).map(({ handle }) => handle)
}

function checkEmpty({ world }: Scenario, { model, id }: Handle): void {
  if (model.length > 0)
    world.fail('nothing is lost', `nobody gets ${model.length} items of ${id}, such as ${model.store[0]?.id}`)
}

async function checkJoins({ world, pending }: Scenario, handles: readonly Handle[]): Promise<void> {
  for (const handle of handles) if (handle.queue instanceof JoinableQueue) void handle.join()
  await world.rest()
  for (const { kind, handle } of pending)
    if (kind === 'join' && handle.process.alive)
      world.fail('every operation settles', `join of ${handle.id} waits for ${handle.model.unfinished} items`)
}

/** Exactly so many fit as were promised: no slot was lost, and none appeared. */
async function probe(scenario: Scenario, handle: Handle): Promise<void> {
  const { maxsize, maxbytes } = handle.model
  const size = encodeAlone(scenario.newId()).end
  const byBytes = maxbytes > 0 ? Math.max(1, Math.floor(maxbytes / size)) : Number.POSITIVE_INFINITY
  const room = Math.min(maxsize || Number.POSITIVE_INFINITY, byBytes)
  if (room === Number.POSITIVE_INFINITY || !(handle.queue instanceof Queue)) return
  let fitted = 0
  for (let i = 0; i <= room; i++)
    void handle.putItem(scenario.newId(), { timeout: 0 }).then((fits) => {
      if (fits) fitted++
    })
  await scenario.world.rest()
  // A number that goes the short way takes some bytes more.
  const full = maxbytes > 0 && maxbytes - handle.model.bytes < size
  if (fitted < room && !full) scenario.world.fail('no token leaks', `${handle.id} took ${fitted} items of ${room}`)
  if (fitted > room) scenario.world.fail('maxsize is exact', `${handle.id} took ${fitted} items of ${room}`)
  await drain(scenario, handle)
  finishAll(scenario)
  await scenario.world.rest()
  checkEmpty(scenario, handle)
}
