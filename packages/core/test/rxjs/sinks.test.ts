import { lastValueFrom, Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { forEach } from '../../src/rxjs/for-each.ts'
import { from } from '../../src/rxjs/from.ts'
import { toQueue } from '../../src/rxjs/to-queue.ts'
import { OneContext } from '../one-context.ts'
import { Endless, Sink } from './rig.ts'

describe('forEach', () => {
  test('has no more calls under way than it may, and tells how many there were', async () => {
    let under = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++under)
      await Promise.resolve()
      under--
    }
    expect(await lastValueFrom(from([1, 2, 3, 4, 5]).pipe(forEach(work, { concurrency: 2 })))).toBe(5)
    expect(most).toBe(2)
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('fails when the function %s, and ends the source', async (_, call) => {
    const numbers = new Endless()
    await expect(lastValueFrom(from(numbers).pipe(forEach(call)))).rejects.toThrow('no')
    expect(numbers.given).toBe(1)
    expect(numbers.ended).toBe(1)
  })

  test('tells the function by its signal that nobody wants the rest', async () => {
    let seen: AbortSignal | undefined
    const subscription = from([1])
      .pipe(
        forEach(
          (_, signal) =>
            new Promise(() => {
              seen = signal as AbortSignal
            }),
        ),
      )
      .subscribe()
    expect(seen?.aborted).toBe(false)
    subscription.unsubscribe()
    expect(seen?.aborted).toBe(true)
  })

  test('refuses what is no function, and a concurrency of none', () => {
    expect(() => forEach(1 as never)).toThrow(TypeError)
    expect(() => forEach(() => {}, { concurrency: 0 })).toThrow('at least 1')
    expect(() => forEach(() => {}, { overflow: 'drop' as never })).toThrow(TypeError)
  })

  test('is no source of demand for what the function subscribes to', async () => {
    const inner: number[] = []
    const sink = from([1]).pipe(
      forEach(async () => {
        // One place, which this very item has: a source that found it would wait for ever.
        await lastValueFrom(from([7, 8, 9]).pipe(forEach((n) => void inner.push(n))))
      }),
    )
    expect(await lastValueFrom(sink)).toBe(1)
    expect(inner).toEqual([7, 8, 9])
  })

  describe('that is fed by a source that cannot wait', () => {
    const run = async (overflow: 'buffer' | 'error' | 'drop-oldest' | 'drop-newest') => {
      const sink = new Sink<number>()
      const hot = new Subject<number>()
      const taken: number[] = []
      let done = () => {}
      const outcome: unknown[] = []
      const call = (n: number) => {
        taken.push(n)
        return new Promise<void>((resolve) => {
          done = resolve
        })
      }
      sink.program.make(() =>
        hot.pipe(forEach(call, { overflow })).subscribe({
          next: (count) => outcome.push(count),
          error: (error) => outcome.push(error._tag, error.item),
        }),
      )
      for (let n = 1; n <= 4; n++) hot.next(n)
      hot.complete()
      for (let i = 0; i < 5; i++) {
        done()
        await sink.program.clock.settle()
      }
      return { taken, outcome }
    }
    test('keeps them', async () => expect(await run('buffer')).toEqual({ taken: [1, 2, 3, 4], outcome: [4] }))
    test('fails', async () => expect(await run('error')).toEqual({ taken: [1], outcome: ['FullError', 2] }))
    test('takes the latest', async () => expect(await run('drop-oldest')).toEqual({ taken: [1, 4], outcome: [2] }))
    test('passes over the rest', async () => expect(await run('drop-newest')).toEqual({ taken: [1], outcome: [1] }))
  })
})

describe('toQueue', () => {
  test('asks for as much as the queue has room for, and completes when all is in', async () => {
    const program = new OneContext()
    const queue = program.queue<number>({ maxsize: 3 })
    const counts: number[] = []
    const numbers = new Endless()
    const subscription = program.make(() =>
      from(numbers)
        .pipe(toQueue(queue))
        .subscribe((count) => counts.push(count)),
    )
    await program.clock.settle()
    expect(await program.now(queue.qsize())).toBe(3)
    expect(numbers.given).toBe(3)
    expect(await program.now(queue.get())).toBe(0)
    await program.clock.settle()
    expect(numbers.given).toBe(4)
    subscription.unsubscribe()
    expect(numbers.ended).toBe(1)
    expect(await program.allNow([queue.get(), queue.get(), queue.get()])).toEqual([1, 2, 3])
    await program.clock.settle()
    expect(numbers.given).toBe(4)
    expect(counts).toEqual([])
  })

  test('tells how many there were once all have found a place', async () => {
    const program = new OneContext()
    const queue = program.queue<number>({ maxsize: 2 })
    const counted = program.make(() => lastValueFrom(from([1, 2, 3]).pipe(toQueue(queue))))
    expect(await program.now(counted)).toBe('pending')
    expect(await program.now(queue.get())).toBe(1)
    expect(await program.now(counted)).toBe(3)
    expect(await program.allNow([queue.get(), queue.get()])).toEqual([2, 3])
  })

  test('fails at an item that cannot travel, and at a queue that is closed', async () => {
    const program = new OneContext()
    const queue = program.queue<unknown>()
    const result = program.make(() => lastValueFrom(from([1, () => {}]).pipe(toQueue(queue))))
    expect(await program.now(result)).toMatchObject({ _tag: 'EncodeError' })
    await queue.close()
    const late = program.make(() => lastValueFrom(new Subject().pipe(toQueue(queue))))
    late.catch(() => {})
    const closed = program.make(() => lastValueFrom(from([1]).pipe(toQueue(queue))))
    expect(await program.now(closed)).toMatchObject({ _tag: 'ClosedError' })
  })
})
