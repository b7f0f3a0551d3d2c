import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import * as Option from 'effect/Option'
import { describe, expect, test } from 'vitest'
import { Condition, Lock, RLock, Semaphore } from '../../src/effect/index.ts'
import { OwnershipError } from '../../src/errors.ts'
import { rest, run } from './run.ts'

/** So many turns of the event loop. */
const turns = (count: number) =>
  Effect.promise(async () => {
    for (let i = 0; i < count; i++) await Promise.resolve()
  })

describe('a lock of Effects', () => {
  test('is held by one fiber at a time, and released however that ends', () =>
    run(
      Effect.gen(function* () {
        const lock = yield* Lock.make
        let inside = 0
        let most = 0
        const critical = Effect.gen(function* () {
          most = Math.max(most, ++inside)
          yield* rest
          inside--
        })
        yield* Effect.all(
          [1, 2, 3].map(() => Lock.withLock(lock, critical)),
          { concurrency: 'unbounded' },
        )
        expect(most).toBe(1)
        expect(yield* Effect.flip(Effect.fail('no').pipe(Lock.withLock(lock)))).toBe('no')
        yield* Effect.exit(Lock.withLock(lock, Effect.die('worse')))
        expect(yield* Lock.locked(lock)).toBe(false)
      }),
    ))

  test('is passed by where it is not free, if that is asked for', () =>
    run(
      Effect.gen(function* () {
        const lock = yield* Lock.make
        expect(yield* Lock.withLockIfAvailable(lock, Effect.succeed(1))).toEqual(Option.some(1))
        yield* Effect.gen(function* () {
          yield* Lock.hold(lock)
          expect(yield* Lock.withLockIfAvailable(lock, Effect.succeed(2))).toEqual(Option.none())
        }).pipe(Effect.scoped)
        expect(yield* Lock.withLockIfAvailable(lock, Effect.succeed(3))).toEqual(Option.some(3))
      }),
    ))

  test('is not leaked by an interruption, whenever that comes', () =>
    run(
      Effect.gen(function* () {
        const lock = yield* Lock.make
        for (const held of [true, false])
          for (let when = 0; when < 12; when++)
            for (const take of [Lock.withLock(lock, rest), Effect.scoped(Effect.andThen(Lock.hold(lock), rest))]) {
              const holding = held ? yield* Effect.forkChild(Lock.withLock(lock, turns(when >> 1))) : undefined
              const taking = yield* Effect.forkChild(take)
              yield* turns(when)
              yield* Fiber.interrupt(taking)
              if (holding !== undefined) yield* Fiber.join(holding)
              expect(yield* Lock.withLockIfAvailable(lock, Effect.void)).toEqual(Option.some(undefined))
            }
      }),
    ))
})

describe('an rlock of Effects', () => {
  test('is held again by the fiber that has it, and by no other', () =>
    run(
      Effect.gen(function* () {
        const lock = yield* RLock.make
        const order: string[] = []
        const say = (word: string) => Effect.sync(() => void order.push(word))
        const other = yield* RLock.withLock(
          lock,
          Effect.gen(function* () {
            const child = yield* Effect.forkChild(RLock.withLock(lock, say('other')))
            yield* rest
            yield* RLock.withLock(lock, say('again'))
            return child
          }),
        )
        yield* Fiber.join(other)
        expect(order).toEqual(['again', 'other'])
        expect(yield* RLock.locked(lock)).toBe(false)
      }),
    ))
})

describe('a semaphore of Effects', () => {
  test('lets so many at a time', () =>
    run(
      Effect.gen(function* () {
        const seats = yield* Semaphore.make(2)
        let inside = 0
        let most = 0
        const sit = Effect.gen(function* () {
          most = Math.max(most, ++inside)
          yield* rest
          inside--
        })
        yield* Effect.all(
          Array.from({ length: 5 }, () => sit.pipe(Semaphore.withPermit(seats))),
          {
            concurrency: 'unbounded',
          },
        )
        expect(most).toBe(2)
        expect(yield* Semaphore.getValue(seats)).toBe(2)
      }),
    ))

  test('leaks no permit to an interruption, whenever that comes', () =>
    run(
      Effect.gen(function* () {
        const seats = yield* Semaphore.makeBounded(1)
        for (let when = 0; when < 12; when++)
          for (const take of [
            Semaphore.withPermit(seats, rest),
            Effect.asVoid(Semaphore.withPermitIfAvailable(seats, rest)),
            Effect.scoped(Effect.andThen(Semaphore.hold(seats), rest)),
            Effect.andThen(
              Semaphore.acquire(seats),
              Effect.ensuring(Effect.never, Effect.orDie(Semaphore.release(seats))),
            ),
          ]) {
            const taking = yield* Effect.forkChild(take)
            yield* turns(when)
            yield* Fiber.interrupt(taking)
            expect(yield* Semaphore.getValue(seats)).toBe(1)
          }
      }),
    ))
})

describe('a condition of Effects', () => {
  test('wakes who waits, holding its lock', () =>
    run(
      Effect.gen(function* () {
        const condition = yield* Condition.make()
        const items: number[] = []
        const taking = yield* Condition.waitUntil(
          condition,
          Effect.sync(() => items.length > 0),
        ).pipe(Effect.andThen(Effect.sync(() => items.shift())), Condition.withLock(condition), Effect.forkChild)
        yield* rest
        yield* Condition.withLock(
          condition,
          Effect.andThen(
            Effect.sync(() => items.push(7)),
            Condition.notify(condition),
          ),
        )
        expect(yield* Fiber.join(taking)).toBe(7)
        expect(yield* Effect.flip(Condition.wait(condition))).toBeInstanceOf(OwnershipError)
      }),
    ))

  test('has its lock free after an interruption of who waits', () =>
    run(
      Effect.gen(function* () {
        const condition = yield* Condition.make()
        for (let when = 0; when < 12; when++) {
          const waiting = yield* Effect.forkChild(Condition.withLock(condition, Condition.wait(condition)))
          yield* turns(when)
          yield* Fiber.interrupt(waiting)
          expect(yield* Lock.withLockIfAvailable(condition.lock, Effect.void)).toEqual(Option.some(undefined))
        }
      }),
    ))
})
