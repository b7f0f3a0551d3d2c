import {
  Barrier,
  BrokenPoolError,
  CancelledError,
  Pool,
  PoolClosedError,
  type PoolEvent,
  PoolTerminatedError,
  Queue,
  SharedEvent,
  ValueError,
} from '@millrace/core'
import { describe, expect, test, vi } from 'vitest'
import { range } from '../observed.ts'
import { errorOf, type Ground, until } from './ground.ts'

/** Initializers, replacement, growth, `broadcast`, and what is told of all that. */
export function workers(ground: Ground): void {
  const { tasks } = ground

  describe('options that make no sense are refused', () => {
    const wrong = [
      ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2'].map((processes) => ({ processes })),
      ...[0, -1, 1.5].map((maxtasksperchild) => ({ maxtasksperchild })),
      ...[0, 0.5, Number.POSITIVE_INFINITY].map((concurrency) => ({ concurrency })),
      { min: 3, max: 2 },
      { min: -1 },
      { min: 0, max: Number.POSITIVE_INFINITY },
      { max: 0 },
      { retries: -1 },
      { backoff: Number.NaN },
      { grace: -5 },
      { idleTimeout: 'long' },
      { maxStartFailures: 0 },
      { maxMemoryPerChild: -1 },
    ]
    test.each(wrong)('%o', (options) => {
      expect(() => new Pool({ kind: ground.kind, ...(options as object) })).toThrow(ValueError)
    })

    test('an initializer that is no task (L20)', () => {
      for (const initializer of [1, () => 1, null, 'prepare'])
        expect(() => new Pool({ kind: ground.kind, initializer: initializer as never })).toThrow(TypeError)
      expect(() => new Pool({ kind: 'fork' as never })).toThrow(TypeError)
      expect(() => new Pool({ kind: ground.kind, onCallbackError: 5 as never })).toThrow(TypeError)
    })
  })

  describe('the initializer', () => {
    test('runs once in each worker, before any task (L20, E16)', async () => {
      const started = new Queue<number>()
      const pool = ground.make({ processes: 2, initializer: tasks.prepareAndTell, initargs: [started] })
      const barrier = new Barrier(2)
      const workers = await Promise.all([pool.apply(tasks.meet, [barrier]), pool.apply(tasks.meet, [barrier])])
      await pool.close()
      await pool.join()
      expect(await started.qsize()).toBe(2)
      expect(new Set([await started.get(), await started.get()])).toEqual(new Set(workers))
    })

    test('prepares what tasks find', async () => {
      await using pool = ground.make({ initializer: tasks.prepare, initargs: [{ ready: true }] as const })
      expect(await pool.apply(tasks.howPrepared)).toEqual({ ready: true })
    })

    test('that fails, fails everything, with its error; it is not tried again and again (G21, E16)', async () => {
      const tried = new Queue<string>()
      const pool = ground.make({ processes: 2, initializer: tasks.failToPrepare, initargs: [tried] })
      const results = pool.imap(tasks.square, range(5))
      const waiting = [pool.apply(tasks.square, [1]), pool.map(tasks.square, [1, 2]), results.next()]
      for (const call of waiting) {
        const error = await errorOf(call)
        expect([error, error.cause, error.cause?.message]).toEqual([
          expect.any(BrokenPoolError),
          expect.any(RangeError),
          'cannot prepare',
        ])
      }
      expect(await errorOf(pool.apply(tasks.square, [1]))).toBeInstanceOf(BrokenPoolError)
      await pool.join()
      expect(await tried.qsize()).toBeLessThanOrEqual(2)
    })

    test('that dies breaks the pool after so many deaths (G13, G21)', async () => {
      const tried = new Queue<string>()
      const pool = ground.make({ initializer: tasks.dieInPreparation, initargs: [tried], maxStartFailures: 2 })
      const error = await errorOf(pool.apply(tasks.square, [1]))
      expect([error, error.message]).toEqual([expect.any(BrokenPoolError), expect.stringContaining('2 workers died')])
      await pool.join()
      expect(await tried.qsize()).toBeLessThanOrEqual(2)
    })
  })

  test('maxtasksperchild replaces workers; a chunk is a task (L17, E17)', async () => {
    await using pool = ground.make({ maxtasksperchild: 3 })
    const served: number[] = []
    for (const _ of range(7)) served.push(await pool.apply(tasks.serve))
    expect(served).toEqual([1, 2, 3, 1, 2, 3, 1])
    await pool.map(tasks.serveOne, range(60), { chunksize: 30 })
    expect(await pool.apply(tasks.serve)).toBe(1)
  })

  test('a pool whose workers do one task each does a hundred, and loses none (L17)', async () => {
    await using pool = ground.make({ processes: 2, maxtasksperchild: 10 })
    expect(await pool.map(tasks.square, range(100), { chunksize: 1 })).toEqual(range(100).map((n) => n * n))
  })

  test('concurrency runs tasks side by side in one worker', async () => {
    await using pool = ground.make({ concurrency: 3 })
    const barrier = new Barrier(3)
    const workers = await pool.map(
      tasks.meetThere,
      range(3).map(() => ({ barrier })),
      { chunksize: 1 },
    )
    expect(new Set(workers).size).toBe(1)
  })

  describe('between min and max', () => {
    test('workers start as tasks wait, and end when they have had nothing to do', async () => {
      await using pool = ground.make({ processes: undefined, min: 0, max: 2, idleTimeout: 50 })
      expect(pool.stats.workers).toBe(0)
      const gate = new SharedEvent()
      const calls = range(2).map(() => pool.apply(tasks.waitFor, [gate]))
      await until(() => pool.stats.running === 2)
      expect(pool.stats.workers).toBe(2)
      await gate.set()
      await Promise.all(calls)
      await until(() => pool.stats.workers === 0)
      expect(await pool.apply(tasks.square, [3])).toBe(9)
    })

    test('workers start also where those that there are may begin no more', async () => {
      await using pool = ground.make({ processes: undefined, min: 0, max: 2, concurrency: 2, maxtasksperchild: 1 })
      const [gate, news] = [new SharedEvent(), new Queue<unknown>()]
      const first = pool.apply(tasks.waitFor, [gate, news, 'first'])
      await news.get()
      expect(await pool.apply(tasks.square, [3])).toBe(9)
      await gate.set()
      expect(await first).toBe('first')
    })

    test('one worker serves what one can', async () => {
      await using pool = ground.make({ processes: undefined, min: 0, max: 3 })
      for (const n of range(5)) expect(await pool.apply(tasks.square, [n])).toBe(n * n)
      expect(pool.stats.workers).toBe(1)
    })

    test('an endless idleTimeout ends none', async () => {
      await using pool = ground.make({ processes: undefined, min: 0, max: 1, idleTimeout: Number.POSITIVE_INFINITY })
      const worker = await pool.apply(tasks.whoAmI)
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(await pool.apply(tasks.whoAmI)).toBe(worker)
    })
  })

  test('prewarm() resolves when so many workers are ready', async () => {
    await using pool = ground.make({ processes: undefined, min: 0, max: 2 })
    await pool.prewarm(1, tasks.square)
    expect(pool.stats.idle).toBe(1)
    await pool.prewarm(5, tasks.square)
    expect([pool.stats.idle, pool.stats.workers]).toEqual([2, 2])
    expect(await errorOf(Promise.resolve().then(() => pool.prewarm(-1)))).toBeInstanceOf(ValueError)
  })

  describe('broadcast()', () => {
    test('runs a task once in every worker', async () => {
      const workers = await ground.pool.broadcast(tasks.whoAmI)
      expect([workers.length, new Set(workers).size]).toEqual([2, 2])
      await ground.pool.broadcast(tasks.prepare, ['told'])
      expect(await ground.pool.broadcast(tasks.howPrepared)).toEqual(['told', 'told'])
    })

    test('does so in those that are being started, and in the first ones of a pool', async () => {
      await using pool = ground.make({ processes: 2 })
      expect(new Set(await pool.broadcast(tasks.whoAmI)).size).toBe(2)
    })

    test('waits for its turn in a worker that is busy, and keeps nothing else there', async () => {
      const [gate, news] = [new SharedEvent(), new Queue<unknown>()]
      await ground.pool.map(tasks.square, range(200))
      const long = ground.pool.apply(tasks.waitFor, [gate, news])
      await news.get()
      const told = ground.pool.broadcast(tasks.whoAmI)
      const short = range(100).map((n) => ground.pool.apply(tasks.square, [n]))
      expect(await Promise.all(short)).toEqual(range(100).map((n) => n * n))
      await gate.set()
      expect(new Set(await told).size).toBe(2)
      await long
    })

    test('does so as well where something has to be read first, a Blob', async () => {
      const told = await ground.pool.broadcast(tasks.whoAmI, [new Blob(['read'])] as never)
      expect(new Set(told).size).toBe(2)
    })

    test('rejects with the first error, once all are done', async () => {
      expect((await errorOf(ground.pool.broadcast(tasks.fail))).message).toBe('that went wrong')
      expect(await ground.pool.broadcast(tasks.square, [2])).toEqual([4, 4])
    })

    test('rejects if a worker dies of it; a worker that dies before it has begun is none of the pool any more', async () => {
      await using pool = ground.make({ processes: 2 })
      const [gate, news] = [new SharedEvent(), new Queue<string>()]
      const dead = errorOf(pool.apply(tasks.dieLater, [gate, news]))
      await news.get()
      const told = pool.broadcast(tasks.whoAmI)
      await gate.set()
      await dead
      expect(await told).toHaveLength(1)
      expect((await errorOf(pool.broadcast(tasks.die))).name).toBe('WorkerDiedError')
      expect(await pool.apply(tasks.square, [3])).toBe(9)
    })

    test('is done by a pool that is closed meanwhile, and rejects if the pool is terminated', async () => {
      const closed = ground.make()
      const told = closed.broadcast(tasks.square, [3])
      await closed.close()
      expect(await told).toEqual([9])
      await closed.join()
      expect(await errorOf(closed.broadcast(tasks.square, [3]))).toBeInstanceOf(PoolClosedError)

      const ended = ground.make()
      const lost = errorOf(ended.broadcast(tasks.ignore))
      await ended.terminate()
      expect(await lost).toBeInstanceOf(PoolTerminatedError)
      await ended.join()
    })

    test('can be given up', async () => {
      const news = new Queue<string>()
      const error = await errorOf(ground.pool.broadcast(tasks.listen, [news], { timeout: 200 }))
      expect(error.name).toBe('TimeoutError')
      await until(() => ground.pool.stats.running === 0)

      const [controller, listening] = [new AbortController(), new Queue<string>()]
      const aborted = errorOf(ground.pool.broadcast(tasks.listen, [listening], { signal: controller.signal }))
      for (const _ of range(2)) await listening.get()
      const reason = new CancelledError('enough')
      controller.abort(reason)
      expect(await aborted).toBe(reason)
      await until(() => ground.pool.stats.running === 0)
    })
  })

  describe('what is told', () => {
    test('stats count what was done', async () => {
      // A test before may have cost the pool a worker.
      await ground.pool.prewarm(2)
      const before = ground.pool.stats
      await ground.pool.map(tasks.square, range(4), { chunksize: 2 })
      await errorOf(ground.pool.apply(tasks.fail))
      const after = ground.pool.stats
      expect([after.completed - before.completed, after.failed - before.failed]).toEqual([2, 1])
      expect([after.workers, after.idle, after.running, after.open]).toEqual([2, 2, 0, 0])
    })

    test('the others of a new pool start by themselves, once the first worker is ready', async () => {
      await using pool = ground.make({ processes: 3 })
      const began = performance.now()
      const events: PoolEvent[] = []
      pool.events.subscribe((event) => void events.push(event))
      expect(await pool.apply(tasks.square, [3])).toBe(9)
      const soon = performance.now() - began < 900
      const types = () => events.map(({ type }) => type)
      await until(() => types().filter((type) => type === 'worker-ready').length === 3)
      const before = types().slice(0, types().indexOf('worker-ready'))
      // Web Workers are started once there is a task. On a machine that is very slow, none waits for the first one.
      if (soon) expect(before.filter((type) => type === 'worker-born')).toHaveLength(ground.kind === 'worker' ? 1 : 0)
    })

    test('all workers of a pool are there for who looks, for many tasks, and for each other', async () => {
      await using looked = ground.make({ processes: 3 })
      if (ground.kind === 'worker') await looked.apply(tasks.square, [1])
      expect(looked.stats.workers).toBe(3)
      await using busy = ground.make({ processes: 2 })
      const barrier = new Barrier(2)
      await Promise.all([busy.apply(tasks.meet, [barrier]), busy.apply(tasks.meet, [barrier])])
      await using told = ground.make({ processes: 3 })
      expect(new Set(await told.broadcast(tasks.whoAmI)).size).toBe(3)
    })

    test('events tell of workers and tasks, from the first to the last', async () => {
      const pool = ground.make({ maxtasksperchild: 3 })
      const events: PoolEvent[] = []
      const over = new Promise<void>((resolve) =>
        pool.events.subscribe({ next: (event) => events.push(event), complete: resolve }),
      )
      await pool.apply(tasks.square, [3])
      await errorOf(pool.apply(tasks.fail))
      await pool.apply(tasks.flaky, [1], { retries: 1, backoff: 1 })
      await pool.close()
      await pool.join()
      await over
      const types = events.map((event) => event.type)
      expect(new Set(types)).toEqual(
        new Set([
          ...(ground.kind === 'worker' ? ['worker-born'] : []),
          'worker-ready',
          'started',
          'finished',
          'failed',
          'retried',
          'worker-ended',
          'worker-born',
        ]),
      )
      const finished = events.find((event) => event.type === 'finished')
      expect(finished).toMatchObject({ task: 'square', calls: 1, ms: expect.any(Number) })
      const started = events.find((event) => event.type === 'started')
      expect(started).toMatchObject({ task: 'square', worker: { name: 'PoolWorker-1' } })
      expect(types.filter((type) => type === 'started')).toHaveLength(4)
    })

    test('an observer that throws harms nobody, at any event', async () => {
      const written = vi.spyOn(console, 'error').mockImplementation(() => {})
      const pool = ground.make()
      const thrower = () => {
        throw new Error('observer')
      }
      let told = 0
      pool.events.subscribe({ next: thrower, complete: thrower })
      pool.events.subscribe(() => void told++)
      let completed = false
      pool.events.subscribe({
        complete: () => {
          completed = true
        },
      })
      expect(await pool.apply(tasks.square, [3])).toBe(9)
      expect(await errorOf(pool.apply(tasks.die))).toBeInstanceOf(Error)
      expect(await pool.map(tasks.square, [1, 2])).toEqual([1, 4])
      await pool.close()
      await pool.join()
      expect([told > 4, completed]).toEqual([true, true])
      written.mockRestore()
    })
  })
}
