import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'
import { Barrier, Event, JoinableQueue, Manager, Array as Numbers, Value } from '../../src/effect/index.ts'
import { BrokenBarrierError, IndexError, KeyError } from '../../src/errors.ts'
import { rest, run } from './run.ts'

test('an event lets go whoever waits, and tells its changes', () =>
  run(
    Effect.gen(function* () {
      const event = yield* Event.make
      expect(yield* Event.wait(event, { timeout: 1 })).toBe(false)
      const seen = yield* Effect.forkChild(Event.changes(event).pipe(Stream.take(2), Stream.runCollect))
      const waiting = yield* Effect.forkChild(Event.wait(event))
      const given = yield* Effect.forkChild(Event.wait(event))
      yield* rest
      yield* Fiber.interrupt(given)
      yield* Event.set(event)
      expect(yield* Fiber.join(waiting)).toBe(true)
      expect(yield* Fiber.join(seen)).toEqual([false, true])
      yield* Event.clear(event)
      expect(yield* Event.isSet(event)).toBe(false)
    }),
  ))

describe('a barrier', () => {
  test('lets all go once they are there, after its action', () =>
    run(
      Effect.gen(function* () {
        let acted = 0
        const barrier = yield* Barrier.make(3, { action: Effect.sync(() => acted++) })
        const all = yield* Effect.all(
          [1, 2, 3].map(() => Barrier.wait(barrier)),
          { concurrency: 'unbounded' },
        )
        expect([...all].sort()).toEqual([0, 1, 2])
        expect(acted).toBe(1)
      }),
    ))

  test('breaks when a party is interrupted', () =>
    run(
      Effect.gen(function* () {
        const barrier = yield* Barrier.make(3)
        const one = yield* Effect.forkChild(Barrier.wait(barrier))
        const two = yield* Effect.forkChild(Effect.flip(Barrier.wait(barrier)))
        yield* rest
        expect(yield* Barrier.nWaiting(barrier)).toBe(2)
        yield* Fiber.interrupt(one)
        expect(yield* Fiber.join(two)).toBeInstanceOf(BrokenBarrierError)
        yield* Barrier.reset(barrier)
        expect(yield* Barrier.broken(barrier)).toBe(false)
      }),
    ))
})

describe('a joinable queue', () => {
  test('is joined once the work on each item has succeeded', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* JoinableQueue.make<number>()
        yield* JoinableQueue.putAll(queue, [1, 2])
        const joining = yield* Effect.forkChild(JoinableQueue.join(queue))
        expect(yield* JoinableQueue.use(queue, (n) => Effect.succeed(n * 10))).toBe(10)
        yield* rest
        expect(joining.pollUnsafe()).toBe(undefined)
        expect(yield* JoinableQueue.get(queue)).toBe(2)
        yield* JoinableQueue.taskDone(queue)
        yield* Fiber.join(joining)
      }),
    ))

  test('keeps the item of who loses a race, also if it was at hand', () =>
    run(
      Effect.gen(function* () {
        const queues = [yield* JoinableQueue.make<number>(), yield* JoinableQueue.make<number>()] as const
        for (const queue of queues) yield* JoinableQueue.put(queue, 1)
        yield* rest
        const { done } = yield* Effect.raceAll(queues.map(JoinableQueue.receive))
        done()
        expect(yield* Effect.all(queues.map((queue) => JoinableQueue.qsize(queue)))).toEqual([0, 1])
      }),
    ))
})

test('values and arrays are read and changed, with the errors of bad indexes typed', () =>
  run(
    Effect.gen(function* () {
      const total = yield* Value.make('int32', 7)
      expect(yield* Value.add(total, 3)).toBe(7)
      expect(yield* Value.update(total, (old) => old * 2)).toBe(20)
      yield* Value.set(total, 1)
      expect(yield* Value.get(total)).toBe(1)
      const squares = yield* Numbers.make('float64', [0, 1, 4])
      yield* Numbers.set(squares, 0, 16)
      expect(yield* Numbers.add(squares, -1, 0.5)).toBe(4)
      expect(yield* Numbers.getAll(squares)).toEqual([16, 1, 4.5])
      expect(yield* Effect.flip(Numbers.get(squares, 9))).toBeInstanceOf(IndexError)
    }),
  ))

test('a manager makes maps and lists, whose methods are Effects', () =>
  run(
    Effect.gen(function* () {
      const manager = yield* Manager.make()
      const scores = yield* Manager.map<string, number>(manager, [['ada', 2]])
      expect(yield* Manager.use(scores, (map, signal) => map.update('ada', (n) => (n ?? 0) + 1, { signal }))).toBe(3)
      expect(yield* Effect.flip(Manager.use(scores, (map) => map.pop('bob')))).toBeInstanceOf(KeyError)
      const names = yield* Manager.list(manager, ['a'])
      yield* Manager.use(names, (list) => list.push('b'))
      expect(yield* Manager.use(names, (list) => list.slice())).toEqual(['a', 'b'])
    }),
  ))
