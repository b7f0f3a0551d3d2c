import { QueuePrimitive } from '../../src/primitives/queue.ts'
import type { Pending } from './handle.ts'
import type { PortModel, QueueModel } from './queue-model.ts'
import type { Scenario } from './scenario.ts'

/** Nothing more will happen by itself: whoever still waits has to have a reason, and all was reported. */
export function checkAtRest(scenario: Scenario): void {
  for (const pending of scenario.pending) if (pending.handle.process.alive) checkReason(scenario, pending)
  for (const queue of scenario.reachable()) checkReported(scenario, queue)
}

function checkReason({ world, hub }: Scenario, { kind, handle, options, began }: Pending): void {
  const { process, id } = handle
  const what = `${kind} of ${process.name} on ${id}, begun at ${began.toFixed(3)} ms,`
  if (!process.connected) world.fail('every operation settles', `${what} waits though the link is gone`)
  if (options.timeout !== undefined) world.fail('every operation settles', `${what} waits beyond ${options.timeout} ms`)
  if (options.signal?.aborted) world.fail('a cancelled waiter takes nothing', `${what} waits though it was cancelled`)
  if (hub.find(id) === undefined) world.fail('every operation settles', `${what} waits for what is gone`)
  const { model } = handle
  switch (kind) {
    case 'call':
      return world.fail('every operation settles', `${what} was not answered`)
    case 'join':
      if (model.unfinished === 0) world.fail('every operation settles', `${what} waits though all is done`)
      return
    case 'get':
      if (model.length > 0) world.fail('every operation settles', `${what} waits though there are ${whereItems(model)}`)
      return
    case 'put':
      if (!hasGoodReason(model)) world.fail('every operation settles', `${what} waits though there is room`)
  }
}

/** Slots that are lent and unspent are no reason. */
function hasGoodReason(model: QueueModel): boolean {
  if (model.maxsize > 0 && model.length >= model.maxsize) return true
  const first = model.waiters[0][0]
  return first !== undefined && model.maxbytes > 0 && model.bytes > 0 && model.bytes + first.cost > model.maxbytes
}

function checkReported({ world, hub }: Scenario, model: QueueModel): void {
  for (const { process, channel, accepted, spent } of model.ports) {
    const handle = process.handles.get(channel)
    if (handle === undefined || !process.connected) continue
    if (handle.put.length > accepted.length)
      world.fail('nothing is lost', `${handle.put.length - accepted.length} items of ${process.name} never left`)
    if (handle.taken.length > spent.length)
      world.fail('no token leaks', `${process.name} has not reported ${handle.taken.length - spent.length} items`)
  }
  const primitive = hub.find(model.id)
  if (primitive instanceof QueuePrimitive && primitive.length !== model.length)
    world.fail('no token leaks', `${model.id} counts ${primitive.length} items, of ${model.length}`)
}

function whereItems({ store, ports }: QueueModel): string {
  const held = [...ports]
    .filter(({ lent }) => lent.length > 0)
    .map((port: PortModel) => `${port.lent.length} at ${port.process.name}`)
  return [`${store.length} items in the hub`, ...held].join(', ')
}

/** Everybody is gone. */
export function checkNothingHeld({ world, hub, pending }: Scenario): void {
  if (hub.size > 0) world.fail('nothing remains', `${hub.size} primitives are left after the last process`)
  for (const { handle, kind } of pending)
    if (handle.process.alive) world.fail('every operation settles', `${kind} on ${handle.id} outlived its link`)
}
