import { DecodeError, EncodeError, Queue, RemoteError, SharedEvent, SystemExit, WorkerDiedError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { range } from '../observed.ts'
import { errorOf, type Ground, listOf, outcomesOf } from './ground.ts'

/** Whatever goes wrong settles the right promise with the right error, and leaves the pool usable. */
export function failures(ground: Ground): void {
  const { tasks } = ground

  describe('a task that throws', () => {
    test('fails with an error of the same class, with its cause, and the trace of the worker behind that (L14, E1)', async () => {
      const error = await errorOf(ground.pool.apply(tasks.fail))
      expect([error, error.cause]).toEqual([expect.any(RangeError), expect.any(Error)])
      expect([error.message, error.cause?.message]).toEqual(['that went wrong', 'the cause'])
      expect(error.cause?.cause?.name).toBe('RemoteTraceback')
      expect(error.cause?.cause?.stack).toMatch(/fail\b/)
    })

    test('something of a class that nobody knows here fails with a RemoteError that tells what it was', async () => {
      const error = await errorOf(ground.pool.apply(tasks.failStrangely))
      expect(error).toBeInstanceOf(RemoteError)
      expect(error).toMatchObject({ message: 'nobody knows that class', remoteName: 'Unknown', code: 42 })
    })

    test.each([0, '', null, undefined, false, { plain: 'object' }])('%o fails with just that', async (thrown) => {
      expect(await ground.pool.apply(tasks.throwIt, [thrown]).catch((error) => ({ error }))).toEqual({ error: thrown })
      expect(await ground.pool.map(tasks.throwIt, [thrown]).catch((error) => ({ error }))).toEqual({ error: thrown })
      expect(await outcomesOf(ground.pool.imap(tasks.throwIt, [thrown]), 1)).toEqual([thrown])
    })

    test('an error with a property that cannot travel fails with the error, without that', async () => {
      const error = await errorOf(ground.pool.apply(tasks.failWithBaggage))
      expect(error).toMatchObject({ message: 'heavy', kept: 1 })
      expect(error).not.toHaveProperty('lost')
    })

    test('something that cannot travel fails with an EncodeError', async () => {
      // What it throws is what it is given, and that can travel but once.
      const error = await errorOf(ground.pool.apply(tasks.throwUnsendable))
      expect(error).toBeInstanceOf(EncodeError)
      expect(error.message).toMatch(/throwUnsendable/)
    })

    test('SystemExit fails with that, and its worker lives on (E20)', async () => {
      const error = (await errorOf(ground.pool.apply(tasks.exitLikePython))) as SystemExit & { cause?: Error }
      expect(error).toBeInstanceOf(SystemExit)
      expect(error.code).toBe(3)
    })
  })

  describe('what cannot travel fails its own call, and nothing else', () => {
    test('an argument, at once, with the path to it (E18)', async () => {
      const error = (await errorOf(ground.pool.apply(tasks.same, [{ deep: [() => 1] }]))) as EncodeError
      expect(error).toBeInstanceOf(EncodeError)
      expect([error.path, error.message]).toEqual(['[0].deep[0]', expect.stringContaining('task same')])
    })

    test('a result, with the path to it (E18)', async () => {
      const [bad, good] = [ground.pool.apply(tasks.returnFunction), ground.pool.apply(tasks.square, [3])]
      const error = (await errorOf(bad)) as EncodeError
      expect(error).toBeInstanceOf(EncodeError)
      expect([error.path, error.message]).toEqual(['.deep[0]', expect.stringContaining('task returnFunction')])
      expect(await good).toBe(9)
    })

    test.each([false, true])('a result that cannot be decoded here (an object twice: %s)', async (twice) => {
      const calls = [1, 2, 3].map((n) =>
        n === 2 ? ground.pool.apply(tasks.stranger, [n, twice]) : ground.pool.apply(tasks.same, [n]),
      )
      const error = await errorOf(calls[1]!)
      expect(error).toBeInstanceOf(DecodeError)
      expect(error.message).toMatch(/Stranger is not registered/)
      expect([await calls[0], await calls[2]]).toEqual([1, 3])
    })

    test('a result of a map that cannot be decoded here', async () => {
      expect(await errorOf(ground.pool.map(tasks.strangerAtThree as never, range(6), { chunksize: 2 }))).toBeInstanceOf(
        DecodeError,
      )
      const outcomes = await outcomesOf(ground.pool.imap(tasks.strangerAtThree as never, range(6), { chunksize: 1 }), 7)
      expect(outcomes).toEqual([[0], [1], [2], expect.any(DecodeError), [4], [5], undefined])
    })
  })

  describe('a module or a function that is not there', () => {
    test('fails the call, which names what there is', async () => {
      const missing = (tasks as unknown as Record<string, typeof tasks.square>).noSuchTask!
      const error = await errorOf(ground.pool.apply(missing, [1]))
      expect([error.name, error.message]).toEqual([
        'StartError',
        expect.stringMatching(/no function noSuchTask.*square/),
      ])
      expect(await ground.pool.apply(tasks.square, [3])).toBe(9)
      const outcomes = await outcomesOf(ground.pool.imap(missing, [1, 2]), 3)
      expect(outcomes).toEqual([
        expect.objectContaining({ name: 'StartError' }),
        expect.objectContaining({ name: 'StartError' }),
        undefined,
      ])
    })
  })

  describe('a worker that dies', () => {
    test('fails the task that it ran, and no other; another takes its place (G08)', async () => {
      await using pool = ground.make({ processes: 2 })
      const [gate, news] = [new SharedEvent(), new Queue<string>()]
      const happy = pool.apply(tasks.waitFor, [gate, news, 'happy'])
      await news.get()
      const dead = pool.apply(tasks.die)
      const waiting = range(10).map((n) => pool.apply(tasks.square, [n]))
      const error = (await errorOf(dead)) as WorkerDiedError
      expect(error).toBeInstanceOf(WorkerDiedError)
      expect(error.task).toBe('die')
      expect(error.message).toMatch(/die/)
      expect(await Promise.all(waiting)).toEqual(range(10).map((n) => n * n))
      await gate.set()
      expect(await happy).toBe('happy')
      expect(await pool.map(tasks.square, [1, 2, 3])).toEqual([1, 4, 9])
    })

    test('fails only that, however short the tasks are that it has done before', async () => {
      await using pool = ground.make({ processes: 2 })
      // So that they are known to be short.
      await pool.map(tasks.mayKill, range(1000), { chunksize: 1 })
      for (let round = 0; round < 8; round++) {
        const outcomes = range(200).map((n) =>
          pool.apply(tasks.mayKill, [n, 150 + round]).catch((error: Error) => error.name),
        )
        expect(await Promise.all(outcomes)).toEqual(range(200).map((n) => (n === 150 + round ? 'WorkerDiedError' : n)))
      }
    })

    test('fails the map whose chunk it had', async () => {
      await using pool = ground.make()
      const others = pool.map(tasks.square, range(20))
      expect(await errorOf(pool.map(tasks.dieAtThree, range(6), { chunksize: 2 }))).toBeInstanceOf(WorkerDiedError)
      expect(await others).toEqual(range(20).map((n) => n * n))
      expect(await pool.map(tasks.square, [5])).toEqual([25])
    })

    test('fails its own next() of an iterator, and the others follow', async () => {
      await using pool = ground.make()
      const outcomes = await outcomesOf(pool.imap(tasks.dieAtThree, range(6), { chunksize: 1 }), 7)
      expect(outcomes).toEqual([[0], [1], [2], expect.any(WorkerDiedError), [4], [5], undefined])
    })

    test('while the pool is closed lets join() end (G08)', async () => {
      const pool = ground.make()
      const gate = new SharedEvent()
      const dead = errorOf(pool.apply(tasks.dieLater, [gate]))
      const behind = pool.apply(tasks.square, [3])
      await pool.close()
      await gate.set()
      await pool.join()
      expect([await dead, await behind]).toEqual([expect.any(WorkerDiedError), 9])
    })

    test('of an error outside of every task tells of that', async () => {
      await using pool = ground.make()
      const error = (await errorOf(pool.apply(tasks.failOutside))) as WorkerDiedError
      expect(error).toBeInstanceOf(WorkerDiedError)
      expect(error.task).toBe('failOutside')
      expect(await pool.apply(tasks.square, [3])).toBe(9)
    })
  })

  describe('repetitions', () => {
    test('do again what failed, after a pause, so many times', async () => {
      const { pool } = ground
      const { retried } = pool.stats
      expect(await pool.apply(tasks.flaky, [2], { retries: 2, backoff: 1 })).toBe(3)
      expect(pool.stats.retried).toBe(retried + 2)
      expect((await errorOf(pool.apply(tasks.flaky, [2], { retries: 1, backoff: 1 }))).message).toBe('attempt 2')
      expect((await errorOf(pool.apply(tasks.flaky, [1]))).message).toBe('attempt 1')
    })

    test('do again what a dying worker had begun', async () => {
      await using pool = ground.make()
      expect(await pool.apply(tasks.mortal, [2], { retries: 2, backoff: 1 })).toBe(3)
      expect(await pool.map(tasks.mortal, [0, 1, 0], { retries: 2, backoff: 1 })).toHaveLength(3)
    })

    test.each([undefined, 4])('do each call of an imap() again that failed, chunksize %s', async (chunksize) => {
      // By now it is known to be short.
      await ground.pool.map(tasks.flaky, range(200).fill(0))
      const results = ground.pool.imap(tasks.flaky, range(20).fill(1), { chunksize, retries: 1, backoff: 1 })
      expect(await listOf(results)).toEqual(range(20).fill(2))
    })

    test('of the pool are for what is marked', async () => {
      await using pool = ground.make({ retries: 1, backoff: 1 })
      expect(await pool.apply(tasks.flaky, [1], { idempotent: true })).toBe(2)
      expect((await errorOf(pool.apply(tasks.flaky, [1]))).message).toBe('attempt 1')
    })

    test('are made of what retryIf() picks', async () => {
      const seen: unknown[] = []
      const retryIf = (error: unknown) => seen.push(error) < 2
      const failed = ground.pool.apply(tasks.flaky, [5], { retries: 5, backoff: 1, retryIf })
      expect((await errorOf(failed)).message).toBe('attempt 2')
      expect(seen).toHaveLength(2)
    })

    test('are not made if retryIf() throws, and that is what the call fails of', async () => {
      const retryIf = () => {
        throw new Error('cannot decide')
      }
      const [failed, good] = [
        ground.pool.apply(tasks.flaky, [5], { retries: 5, backoff: 1, retryIf }),
        ground.pool.apply(tasks.square, [3]),
      ]
      const error = await errorOf(failed)
      expect([error.message, error.cause?.message]).toEqual(['cannot decide', 'attempt 1'])
      expect(await good).toBe(9)
      const mapped = ground.pool.map(tasks.flaky, [5, 0], { retries: 5, backoff: 1, retryIf })
      expect((await errorOf(mapped)).message).toBe('cannot decide')
      const outcomes = await outcomesOf(
        ground.pool.imap(tasks.mortalOrFlaky, [5], { retries: 5, backoff: 1, retryIf }),
        2,
      )
      expect(outcomes).toEqual([expect.any(Error), undefined])
      expect(await ground.pool.apply(tasks.square, [3])).toBe(9)
    })

    test('are not made in a pool that retryIf() has ended', async () => {
      const pool = ground.make()
      const retryIf = () => {
        void pool.terminate()
        return true
      }
      const failed = pool.apply(tasks.flaky, [5], { retries: 5, backoff: 1, retryIf })
      expect((await errorOf(failed)).name).toBe('PoolTerminatedError')
      await pool.join()
    })

    test('are given up with their caller, also while they pause', async () => {
      const queue = new Queue<number>()
      const controller = new AbortController()
      const options = { retries: 9, backoff: 60_000, signal: controller.signal }
      const calls = [
        ground.pool.apply(tasks.failAndTell, [queue], options),
        ground.pool.map(tasks.failAndTell, [queue], options),
      ]
      await queue.get()
      await queue.get()
      while (ground.pool.stats.running > 0) await ground.pool.apply(tasks.nothing)
      controller.abort('enough')
      expect(await Promise.all(calls.map((call) => call.catch((reason) => reason)))).toEqual(['enough', 'enough'])
    })

    test('do not repeat values that were given', async () => {
      const results = ground.pool.imap(tasks.failingAfter, [2], { retries: 3, backoff: 1 })
      expect(await outcomesOf(results, 4)).toEqual([[0], [1], expect.any(RangeError), undefined])
    })
  })

  test('after all of that the pool is as good as new', async () => {
    expect(await listOf(ground.pool.imap(tasks.square, range(50)))).toEqual(range(50).map((n) => n * n))
  })
}
