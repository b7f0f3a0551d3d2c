import { beforeEach, expect, test } from 'vitest'
import { encodeAlone } from '../src/codec.ts'
import { Condition } from '../src/condition.ts'
import { ClosedError, OwnershipError } from '../src/errors.ts'
import { Frame } from '../src/frame.ts'
import { FrameWriter } from '../src/frame-writer.ts'
import { HANDLE } from '../src/handle.ts'
import { memoryTransports } from '../src/memory-transport.ts'
import { WAIT, WOKEN } from '../src/primitives/condition.ts'
import { CALLS } from '../src/primitives/waiters.ts'
import { OneContext } from './one-context.ts'
import { StandInLock, standInLock } from './stand-in-lock.ts'

let program: OneContext
let lock: StandInLock
let condition: Condition<StandInLock>

beforeEach(() => {
  program = new OneContext()
  lock = standInLock(program.root.hub!, program.root.context)
  condition = program.make(() => new Condition(lock))
})

/** Waits as a task of its own would. */
async function waits(options?: Parameters<Condition['wait']>[0]): Promise<boolean> {
  await lock.acquire()
  try {
    return await condition.wait(options)
  } finally {
    expect(lock.isHeld).toBe(true)
    await lock.release()
  }
}

const notifies = (n?: number) => lock.withLock(() => condition.notify(n))

test('notify wakes as many as it says, in order of arrival, and keeps nothing', async () => {
  const waiting = [waits(), waits(), waits()]
  await program.now(notifies(2))
  expect(await program.allNow(waiting)).toEqual([true, true, 'pending'])
  await program.now(notifies(5))
  expect(await program.allNow(waiting)).toEqual([true, true, true])
  expect(await program.now(waits())).toBe('pending')
})

test('whoever waits, or notifies, holds the lock, or is refused', async () => {
  const attempts = [condition.wait(), condition.notify(), condition.notifyAll(), condition.waitFor(() => true)]
  for (const refused of await program.allNow(attempts)) expect(refused).toBeInstanceOf(OwnershipError)
  expect(await program.now(notifies(-1))).toBeInstanceOf(TypeError)
})

test('a waiter whose time is over has the lock again before it knows, however long that takes', async () => {
  const waiting = waits({ timeout: 100 })
  expect(await program.now(waiting)).toBe('pending')
  await program.now(lock.acquire())
  await program.clock.advance(100)
  expect(await program.now(waiting)).toBe('pending')
  await program.now(lock.release())
  expect(await program.now(waiting)).toBe(false)
})

test('so has one that is aborted', async () => {
  const controller = new AbortController()
  const waiting = waits({ signal: controller.signal })
  await program.now(waiting)
  controller.abort('had enough')
  expect(await program.now(waiting)).toBe('had enough')
})

/** Another process, frame by frame: it opens the condition, and waits with tickets 1 to `count`. */
async function stranger(count: number) {
  await program.clock.settle()
  const [near, far] = memoryTransports()
  program.root.hub!.attach(far)
  near.listen({ onBytes: () => {}, onDrain: () => {}, onClose: () => {} })
  const says = (write: (writer: FrameWriter) => FrameWriter) => near.send(write(new FrameWriter()).take())
  const { id, kind } = condition[HANDLE]
  says((writer) =>
    writer
      .begin(Frame.OPEN)
      .u32(0)
      .bytes(encodeAlone([id, kind, null]).bytes),
  )
  for (let ticket = 1; ticket <= count; ticket++)
    says((writer) =>
      writer
        .begin(Frame.CALL)
        .u32(0)
        .u32(ticket)
        .bytes(encodeAlone([WAIT, ticket, false]).bytes),
    )
  return {
    cancels: (ticket: number) => says((writer) => writer.begin(Frame.CANCEL).u32(0).u32(CALLS).u32(ticket)),
    confirms: (ticket: number) =>
      says((writer) =>
        writer
          .begin(Frame.CALL)
          .u32(0)
          .u32(99)
          .bytes(encodeAlone([WOKEN, ticket]).bytes),
      ),
    dies: () => near.close(),
  }
}

test.each(['cancels', 'dies'] as const)(
  'a notification whose receiver %s before it has confirmed goes to the next who waited with it, and to nobody later',
  async (ends) => {
    const there = await stranger(1)
    const second = waits()
    await program.now(second)
    await program.now(notifies())
    const late = waits()
    expect(await program.allNow([second, late])).toEqual(['pending', 'pending'])
    there[ends](1)
    expect(await program.allNow([second, late])).toEqual([true, 'pending'])
    there.dies()
    expect(await program.now(late)).toBe('pending')
  },
)

test('a notification that was for the dead alone is nobody else’s', async () => {
  const there = await stranger(1)
  await program.now(notifies())
  const late = waits()
  await program.now(late)
  there.dies()
  expect(await program.now(late)).toBe('pending')
})

test('a notification that was confirmed does not come back', async () => {
  const there = await stranger(1)
  const second = waits()
  await program.now(second)
  await program.now(notifies())
  there.confirms(1)
  there.cancels(1)
  there.dies()
  expect(await program.now(second)).toBe('pending')
})

test('nobody is notified in the place of the dead', async () => {
  const there = await stranger(2)
  const waiting = [waits(), waits()]
  await program.allNow(waiting)
  there.dies()
  await program.now(notifies(1))
  expect(await program.allNow(waiting)).toEqual([true, 'pending'])
})

test('a notification whose receiver cannot have the lock again, since it was closed, goes to the next', async () => {
  const { id } = lock[HANDLE]
  const there = new StandInLock({ context: program.root.context, id })
  const other = program.make(() => new Condition(there, { context: program.root.context, id: condition[HANDLE].id }))
  const first = there.withLock(() => other.wait())
  const refused = first.catch((error) => error)
  await program.clock.settle()
  const second = waits()
  await program.now(second)
  await program.now(lock.acquire())
  await program.now(condition.notify())
  await program.now(there.close())
  await program.now(lock.release())
  expect(await program.now(second)).toBe(true)
  expect(await refused).toBeInstanceOf(ClosedError)
})

test('how often the lock was acquired is as before', async () => {
  await program.now(lock.acquire())
  lock.depth = 3
  const waiting = condition.wait({ timeout: 5 })
  expect(await program.now(waiting)).toBe('pending')
  expect(lock.depth).toBe(0)
  await program.clock.advance(5)
  expect(await program.now(waiting)).toBe(false)
  expect(lock.depth).toBe(3)
})

test('the deadline of waitFor is for all of it', async () => {
  let state = 0
  const done = lock.withLock(() => condition.waitFor(() => state === 4 && 'four', { timeout: 100 }))
  for (let i = 0; i < 3; i++) {
    await program.clock.advance(30)
    state++
    await program.now(notifies())
    expect(await program.now(done)).toBe('pending')
  }
  await program.clock.advance(10)
  expect(await program.now(done)).toBe(false)
})

test('waitFor resolves with what its predicate returned, which may be asynchronous', async () => {
  let state = 0
  const done = lock.withLock(() => condition.waitFor(async () => state > 0 && { state }))
  expect(await program.now(done)).toBe('pending')
  state = 7
  await program.now(notifies())
  expect(await program.now(done)).toEqual({ state: 7 })
})

test('a condition keeps its lock alive, and is for a lock alone', async () => {
  await program.clock.settle()
  const { hub } = program.root
  const before = hub!.size
  await lock.close()
  await program.clock.settle()
  expect(hub!.size).toBe(before)
  await condition.close()
  await program.clock.settle()
  expect(hub!.size).toBe(before - 2)
  expect(() => program.make(() => new Condition({} as never))).toThrow(TypeError)
})
