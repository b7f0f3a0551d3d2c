import { EncodeError, ProcessDiedError, TaskError } from '@millrace/node'
import { Event, Lock, Process, Queue } from '@millrace/node/effect'
import * as Cause from 'effect/Cause'
import * as Console from 'effect/Console'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Fiber from 'effect/Fiber'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'
import { allGone } from '../processes.ts'
import { kinds, pidOf, run, tasks } from './run.ts'

describe.each(kinds)('a forked $kind', ({ kind }) => {
  test('runs a plain task and one that returns an Effect, and gives what they come to', () =>
    run(
      kind,
      Effect.gen(function* () {
        const plain = yield* Process.fork(tasks.square, 7)
        const effect = yield* Process.fork(tasks.half, 8)
        expect(yield* plain.result).toBe(49)
        expect(yield* effect.result).toBe(4)
        expect(yield* Process.join(effect)).toBe(0)
        expect(yield* Process.isAlive(effect)).toBe(false)
        expect(yield* Process.run(tasks.count, 3)).toEqual([1, 2, 3])
      }),
    ))

  test('fails as its Effect does, with tag and fields; dies as it dies; and wraps what a plain task throws', () =>
    run(
      kind,
      Effect.gen(function* () {
        const odd = yield* Process.run(tasks.half, 3).pipe(Effect.catchTag('Odd', Effect.succeed))
        expect(odd).toMatchObject({ _tag: 'Odd', n: 3 })
        const died = yield* Effect.exit(Process.run(tasks.dies))
        expect(Exit.isFailure(died) && Cause.hasDies(died.cause) && String(Cause.squash(died.cause))).toContain(
          'a defect',
        )
        const thrown = yield* Effect.flip(Process.run(tasks.thrown, 1))
        expect(thrown).toBeInstanceOf(TaskError)
        expect((thrown as TaskError).cause).toBeInstanceOf(RangeError)
      }),
    ))

  test('refuses what cannot travel where it is forked', () =>
    run(
      kind,
      Effect.gen(function* () {
        const unfit = yield* Effect.flip(Process.fork(tasks.square, (() => 1) as never))
        expect(unfit).toBeInstanceOf(EncodeError)
      }),
    ))

  test('writes to a queue that is read here as a stream', () =>
    run(
      kind,
      Effect.gen(function* () {
        const queue = yield* Queue.make<string>({ maxsize: 3 })
        yield* Process.fork(tasks.writer, queue, 5)
        const seen: string[] = []
        yield* Queue.stream(queue).pipe(
          Stream.take(5),
          Stream.tap((each) => Console.debug(each)),
          Stream.runForEach((each) => Effect.sync(() => void seen.push(each))),
        )
        expect(seen).toEqual(['message 0', 'message 1', 'message 2', 'message 3', 'message 4'])
      }),
    ))

  test('is interrupted when its scope ends, those that were forked later first', () =>
    run(
      kind,
      Effect.gen(function* () {
        const log = yield* Queue.make<string>()
        yield* Effect.gen(function* () {
          for (const name of ['first', 'second', 'third']) {
            const begun = yield* Event.make
            yield* Process.fork(tasks.untilInterrupted, begun, log, name)
            yield* Event.wait(begun)
          }
        }).pipe(Effect.scoped)
        expect(yield* Effect.replicateEffect(Queue.get(log), 3)).toEqual(['third', 'second', 'first'])
      }),
    ))

  test('is interrupted when what waits for it is', () =>
    run(
      kind,
      Effect.gen(function* () {
        const log = yield* Queue.make<string>()
        const begun = yield* Event.make
        const running = yield* Effect.forkChild(Process.run(tasks.untilInterrupted, begun, log, 'it'))
        yield* Event.wait(begun)
        yield* Fiber.interrupt(running)
        expect(yield* Queue.get(log)).toBe('it')
      }),
    ))
})

describe('a forked process', () => {
  test('that is killed fails with how it ended, and its lock is free', () =>
    run(
      'process',
      Effect.gen(function* () {
        const begun = yield* Event.make
        const lock = yield* Lock.make
        const process = yield* Process.fork(tasks.holdsForEver, begun, lock)
        yield* Event.wait(begun)
        yield* Process.kill(process)
        const died = yield* Effect.flip(process.result)
        expect(died).toBeInstanceOf(ProcessDiedError)
        expect(died).toMatchObject({ _tag: 'ProcessDiedError', signal: 'SIGKILL' })
        yield* Lock.withLock(lock, Effect.void)
      }),
    ))

  test('is gone when its scope has ended, however that ends', async () => {
    const pids: number[] = []
    for (const end of [Effect.void, Effect.fail('no'), Effect.interrupt]) {
      await Effect.runPromiseExit(
        Effect.gen(function* () {
          for (const atScopeEnd of ['terminate', 'kill'] as const) {
            const begun = yield* Event.make
            const lock = yield* Lock.make
            pids.push(pidOf(yield* Process.forkWith({ atScopeEnd })(tasks.holdsForEver, begun, lock)))
            yield* Event.wait(begun)
          }
          yield* end
        }).pipe(Effect.scoped, (program) => Effect.promise(() => run('process', program as never))),
      )
    }
    expect(pids).toHaveLength(6)
    await allGone(pids)
  })

  test('may be closed before its scope ends', () =>
    run(
      'process',
      Effect.gen(function* () {
        for (const atScopeEnd of ['terminate', 'join', 'kill'] as const) {
          const process = yield* Process.forkWith({ atScopeEnd })(tasks.square, 3)
          expect(yield* process.result).toBe(9)
          yield* Process.join(process)
          yield* Effect.promise(() => process.handle.close())
        }
      }),
    ))

  test('is waited for, if that is wanted', () =>
    run(
      'process',
      Effect.gen(function* () {
        const queue = yield* Queue.make<string>()
        yield* Effect.scoped(Process.forkWith({ atScopeEnd: 'join' })(tasks.writer, queue, 3))
        expect(yield* Queue.qsize(queue)).toBe(3)
      }),
    ))
})
