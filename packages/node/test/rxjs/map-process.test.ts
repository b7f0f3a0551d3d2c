import { activeChildren, Pool, PoolClosedError, Queue, taskModule } from '@millrace/node'
import {
  forEach,
  from,
  mapProcess,
  progress,
  reduceProcess,
  scanProcess,
  stage,
  toAsyncIterable,
  toQueue,
} from '@millrace/node/rxjs'
import { lastValueFrom, map, Subject, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { alone } from '../alone.ts'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof import('./fixtures/stage-tasks.mjs')>(
  new URL('./fixtures/stage-tasks.mjs', import.meta.url),
)

describe.each(kinds)('mapProcess with workers of kind $kind', ({ kind }) => {
  test('emits the results in order, through operators of RxJS, and ends its workers', async () => {
    const results = from([1, 2, 3, 4, 5]).pipe(
      mapProcess(tasks.square, { processes: 2, kind }),
      map((n) => n * 10),
      mapProcess(tasks.addOne, { kind }),
      toArray(),
    )
    expect(await lastValueFrom(results)).toEqual([11, 41, 91, 161, 251])
    await alone()
    expect(activeChildren()).toEqual([])
  })

  test('fails with what a call throws, and ends its workers', async () => {
    const results = from([2, 4, 5, 6]).pipe(mapProcess(tasks.refuseOdd, { kind }), toArray())
    await expect(lastValueFrom(results)).rejects.toThrow('odd: 5')
    await alone()
  })

  test('passes over what fails, and tells of it, if it is to', async () => {
    const failed: unknown[] = []
    const onError = (item: number, error: unknown) => failed.push([item, (error as Error).message])
    const told = from([1, 2, 3, 4]).pipe(mapProcess(tasks.refuseOdd, { kind, onError }), toArray())
    expect(await lastValueFrom(told)).toEqual([2, 4])
    expect(failed).toEqual([
      [1, 'odd: 1'],
      [3, 'odd: 3'],
    ])
  })

  test('ends a worker that is in the middle of something when nobody wants its result', async () => {
    const hot = new Subject<number>()
    const subscription = hot.pipe(mapProcess(tasks.spin, { kind })).subscribe()
    hot.next(1)
    await new Promise((resolve) => setTimeout(resolve, 200))
    subscription.unsubscribe()
    await alone()
    expect(hot.observed).toBe(false)
  })
})

describe('mapProcess', () => {
  test('uses the workers of a pool that it is given, and leaves them', async () => {
    await using pool = new Pool({ processes: 1 })
    const squares = from([1, 2, 3]).pipe(mapProcess(tasks.square, { pool }), take(2), toArray())
    expect(await lastValueFrom(squares)).toEqual([1, 4])
    expect(await pool.apply(tasks.square, [5])).toBe(25)
  })

  test('fails where the pool that it is given takes no more', async () => {
    const pool = new Pool({ processes: 1 })
    const squares = lastValueFrom(from([1, 2]).pipe(mapProcess(tasks.square, { pool }), toArray()))
    expect(await squares).toEqual([1, 4])
    await pool.close()
    const late = from([1, 2]).pipe(mapProcess(tasks.square, { pool }))
    await expect(lastValueFrom(late)).rejects.toThrow(PoolClosedError)
    await pool.terminate()
    await expect(lastValueFrom(late)).rejects.toThrow(PoolClosedError)
  })

  test('refuses what is no task, and numbers that make no sense', () => {
    expect(() => mapProcess(((n: number) => n) as never)).toThrow(TypeError)
    expect(() => mapProcess(tasks.square, { processes: 0 })).toThrow('at least 1')
    expect(() => mapProcess(tasks.square, { maxsize: 0 })).toThrow('at least 1')
    expect(() => mapProcess(tasks.square, { onError: 'no' as never })).toThrow(TypeError)
    expect(() => mapProcess(tasks.square, { pool: {} as never })).toThrow(TypeError)
    expect(() => mapProcess(tasks.square, { kind: 'fiber' as never })).toThrow("not 'fiber'")
  })

  test('and what stands beside it refuse options that there are not', () => {
    const misspelt = { maxsise: 1 } as never
    const fold = { key: () => 1, seed: 0, retries: 1 } as never
    const made: Array<[name: string, make: () => unknown]> = [
      ['mapProcess', () => mapProcess(tasks.square, misspelt)],
      ['stage', () => stage(tasks.pairSums, misspelt)],
      ['scanProcess', () => scanProcess(tasks.add, fold)],
      ['reduceProcess', () => reduceProcess(tasks.add, fold)],
      ['toQueue', () => toQueue(new Queue(), misspelt)],
      ['forEach', () => forEach(() => {}, misspelt)],
      ['progress', () => progress(() => {}, misspelt)],
      ['toAsyncIterable', () => toAsyncIterable(from([1]), misspelt)],
    ]
    for (const [name, make] of made) expect(make).toThrow(`${name}() has no option`)
  })
})
