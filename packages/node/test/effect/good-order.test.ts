import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { activeChildren, Pool as PlainPool, SharedEvent } from '@millrace/node'
import { Event, Pool, Queue, Stage } from '@millrace/node/effect'
import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import * as Stream from 'effect/Stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { kinds, run, tasks } from './run.ts'

let folder: string
let file: string
const logged = () => readFile(file, 'utf8').then((text) => text.trimEnd().split('\n'))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-order-'))
  file = join(folder, 'log')
  vi.stubEnv('LAYER_LOG', file)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

describe.each(kinds)('a pool of kind $kind whose scope ends', ({ kind }) => {
  test.each([
    { state: 'idle', ends: true },
    { state: 'busy', ends: false },
  ])('by a failure has released the layers of its tasks, its worker being $state', async ({ ends }) => {
    const failing = Effect.gen(function* () {
      const pool = yield* Pool.make({ processes: 1 })
      const begun = yield* Event.make
      const call = Pool.apply(pool, tasks.useLayer, [begun, ends])
      yield* ends ? call : Effect.andThen(Effect.forkChild(call), Event.wait(begun))
      return yield* Effect.fail('no')
    })
    expect(await run(kind, Effect.flip(Effect.scoped(failing)))).toBe('no')
    expect(await logged()).toEqual(['released'])
  })

  test('has run the finalizers of a task that was interrupted, though slow', async () => {
    await run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const begun = yield* Event.make
        const call = Pool.apply(pool, tasks.slowToStop, [{ begun, file, stops: true }])
        yield* Effect.raceFirst(call, Event.wait(begun))
      }),
    )
    expect(await logged()).toEqual(['stopped'])
  })

  test('with a stream that has enough, has run those of what was under way', async () => {
    await run(
      kind,
      Effect.gen(function* () {
        const begun = yield* Event.make
        const first = Stream.make(false, true).pipe(
          Stream.map((stops) => ({ begun, file, stops })),
          Stage.mapProcess(tasks.slowToStop, { processes: 2, chunksize: 1 }),
          Stream.take(1),
        )
        yield* Stream.runDrain(first)
      }),
    )
    expect(await logged()).toEqual(['stopped'])
  })

  test('without Effect, by close() and join(), has run those of a call that was aborted', async () => {
    const pool = new PlainPool({ processes: 1, kind })
    const begun = new SharedEvent()
    const abortion = new AbortController()
    const call = pool.apply(tasks.slowToStop as never, [{ begun, file, stops: true }] as never, {
      signal: abortion.signal,
    })
    const settled = call.then(
      () => 'done',
      () => 'aborted',
    )
    await begun.wait()
    abortion.abort()
    expect(await settled).toBe('aborted')
    await pool.close()
    await pool.join()
    expect(await logged()).toEqual(['stopped'])
  })
})

describe.each(kinds)('a stage of kind $kind that was left early', ({ kind }) => {
  test.each(['throughProcess', 'scanProcess'] as const)('has no process left when it has ended: %s', (stage) =>
    run(
      kind,
      Effect.gen(function* () {
        const endless = Stream.iterate(0, (n) => n + 1)
        const staged: Stream.Stream<unknown, unknown, never> =
          stage === 'throughProcess'
            ? (Stage.throughProcess(endless, tasks.counted) as never)
            : (Stage.scanProcess(endless, tasks.add, { key: (n) => n % 2, seed: 0, processes: 2 }) as never)
        yield* Stream.runDrain(Stream.take(staged, 2))
        expect(activeChildren()).toEqual([])
      }),
    ),
  )
})

describe.each(kinds)('a pool of kind $kind', ({ kind }) => {
  test('stops a broadcast that is interrupted', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        yield* Pool.prewarm(pool)
        const begun = yield* Event.make
        const log = yield* Queue.make<string>()
        const all = yield* Effect.forkChild(Pool.broadcast(pool, tasks.untilInterrupted, [begun, log, 'it']))
        yield* Event.wait(begun)
        yield* Fiber.interrupt(all)
        expect(yield* Queue.get(log)).toBe('it')
        expect(yield* Pool.apply(pool, tasks.square, [2])).toBe(4)
      }),
    ))
})
