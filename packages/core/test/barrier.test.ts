import { beforeEach, expect, test } from 'vitest'
import { Barrier, type BarrierOptions } from '../src/barrier.ts'
import { BrokenBarrierError, ClosedError } from '../src/errors.ts'
import { HANDLE } from '../src/handle.ts'
import { OBSERVABLE } from '../src/observable.ts'
import { OneContext } from './one-context.ts'

const TAG = 'BrokenBarrierError'

let program: OneContext

beforeEach(() => {
  program = new OneContext()
})

function barrier(parties: number, options?: BarrierOptions): Barrier {
  return program.make(() => new Barrier(parties, options))
}

const waits = (at: Barrier, count: number) => Array.from({ length: count }, () => at.wait())

test('each of a round has an index of its own, and the next round is another', async () => {
  const at = barrier(3)
  const all = waits(at, 7)
  expect(await program.allNow(all)).toEqual([0, 1, 2, 0, 1, 2, 'pending'])
  expect(await program.now(at.nWaiting())).toBe(1)
})

test('the action runs once, before anybody goes on; who comes meanwhile is of the next round', async () => {
  const order: string[] = []
  let finish = () => {}
  const at = barrier(2, {
    action: () => {
      order.push('begun')
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    },
  })
  const all = waits(at, 3)
  for (const each of all) void each.then(() => order.push('passed'))
  expect(await program.allNow(all)).toEqual(['pending', 'pending', 'pending'])
  expect(await program.now(at.nWaiting())).toBe(0)
  order.push('done')
  finish()
  expect(await program.allNow(all)).toEqual([0, 1, 'pending'])
  expect(order).toEqual(['begun', 'done', 'passed', 'passed'])
  expect(await program.now(at.nWaiting())).toBe(1)
})

test('an action that throws is an error for its own party, and breaks the barrier for the others', async () => {
  const at = barrier(2, {
    action: () => {
      throw new RangeError('boom')
    },
  })
  const [first, last] = await program.allNow(waits(at, 2))
  expect(first).toBeInstanceOf(BrokenBarrierError)
  expect(first).toMatchObject({ message: expect.stringContaining('boom') })
  expect(last).toBeInstanceOf(RangeError)
  expect(await program.now(at.broken())).toBe(true)
})

test.each(['reset', 'abort'] as const)('%s while an action runs: nobody passes', async (method) => {
  let finish = () => {}
  const at = barrier(2, { action: () => new Promise<void>((resolve) => (finish = resolve)) })
  const all = waits(at, 3)
  await program.allNow(all)
  await program.now(at[method]())
  finish()
  for (const each of await program.allNow(all)) expect(each).toBeInstanceOf(BrokenBarrierError)
  expect(await program.now(at.broken())).toBe(method === 'abort')
  await program.now(at.reset())
  at.action = undefined
  expect(await program.allNow(waits(at, 2))).toEqual([0, 1])
})

test('a timeout of one breaks it for all, and for who comes later', async () => {
  const at = barrier(3, { timeout: 50 })
  const all = [at.wait({ timeout: 1_000 }), at.wait()]
  const settled = Promise.allSettled(all)
  await program.clock.advance(50)
  expect(await settled).toMatchObject([{ reason: { _tag: TAG } }, { reason: { _tag: TAG } }])
  expect(await program.now(at.wait())).toBeInstanceOf(BrokenBarrierError)
  await program.now(at.reset())
  expect(await program.allNow(waits(at, 3))).toEqual([0, 1, 2])
})

test('a timeout of 0 is over at once, unless it is the last to come', async () => {
  const at = barrier(2)
  const first = at.wait()
  expect(await program.now(at.wait({ timeout: 0 }))).toBe(1)
  expect(await program.now(first)).toBe(0)
  expect(await program.now(at.wait({ timeout: 0 }))).toBeInstanceOf(BrokenBarrierError)
})

test('a signal that is aborted rejects with its reason and breaks it, however early', async () => {
  const at = barrier(2)
  const controller = new AbortController()
  const [aborted, other] = [at.wait({ signal: controller.signal }), at.wait({ timeout: 1_000 })]
  controller.abort('had enough')
  // Both were there when it was aborted, as far as the hub knows.
  expect(await program.allNow([aborted, other])).toEqual([0, 1])
  const waiting = at.wait()
  await program.now(waiting)
  expect(await program.now(at.wait({ signal: controller.signal }))).toBe('had enough')
  expect(await program.now(waiting)).toBeInstanceOf(BrokenBarrierError)
})

test('closing it ends what waits here, and breaks it for the others', async () => {
  const at = barrier(2)
  const { kind, id, options } = at[HANDLE]
  expect(kind).toBe('barrier')
  const there = program.make(() => new Barrier(2, options as object, { context: program.root.context, id }))
  const [mine, theirs] = [at.wait(), at.wait()]
  await program.allNow([mine, theirs])
  const waiting = at.wait()
  void at.close()
  expect(await program.now(waiting)).toBeInstanceOf(ClosedError)
  expect(await program.now(there.wait())).toBeInstanceOf(BrokenBarrierError)
})

test('who observes it sees how many wait', async () => {
  const at = barrier(2)
  const seen: unknown[] = []
  at[OBSERVABLE]().subscribe({ next: (count) => seen.push(count), complete: () => seen.push('complete') })
  await program.clock.settle()
  await program.allNow([at.wait()])
  await program.allNow([at.wait()])
  await program.now(at.close())
  expect(seen).toEqual([0, 1, 0, 'complete'])
})

test.each([0, -1, 1.5, Number.NaN])('%d parties are refused at once', (parties) => {
  expect(() => barrier(parties)).toThrow(TypeError)
})
