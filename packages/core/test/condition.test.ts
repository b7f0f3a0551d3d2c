import { beforeEach, expect, test } from 'vitest'
import { Condition } from '../src/condition.ts'
import { OwnershipError } from '../src/errors.ts'
import { OneContext } from './one-context.ts'
import { type StandInLock, standInLock } from './stand-in-lock.ts'

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

test('a notification that crosses the end of a waiter goes to the next who waited with it, and to nobody else', async () => {
  const [first, second] = [waits({ timeout: 100 }), waits()]
  await program.allNow([first, second])
  await program.now(lock.acquire())
  // In one turn: the hub has answered the first before it hears that that one is gone.
  const notified = condition.notify()
  const late = program.clock.advance(100)
  await notified
  await late
  await program.now(lock.release())
  expect(await program.now(first)).toBe(false)
  expect(await program.now(second)).toBe(true)
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
