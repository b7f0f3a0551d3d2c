import { BrokenPoolError, EncodeError, SystemExit } from '@millrace/node'
import { ProcessPoolExecutor, wait } from '@millrace/node/futures'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorOf, kinds, range, tasks } from './tasks.ts'

describe.each(kinds)('submit() to a $kind', ({ kind }) => {
  let executor: ProcessPoolExecutor
  beforeAll(() => {
    executor = new ProcessPoolExecutor({ maxWorkers: 1, kind })
  })
  afterAll(() => executor.shutdown())

  test('calls a task with its arguments, and its future tells the result (E1)', async () => {
    const future = executor.submit(tasks.pow, 2, 8)
    expect([await future, await future.result(), await future.exception()]).toEqual([256, 256, null])
    expect(await executor.submit(tasks.multiply, 2, { y: 8 })).toBe(16)
  })

  test('refuses at once what is no task (E1)', async () => {
    const submit = executor.submit.bind(executor) as (...args: unknown[]) => unknown
    for (const wrong of [[], [undefined], [() => 1], ['pow', 2, 8]]) expect(() => submit(...wrong)).toThrow(TypeError)
  })

  test('an error arrives as its class, with the trace of the worker as its cause (E1)', async () => {
    const error = await errorOf(executor.submit(tasks.failAfter, 0))
    expect(error).toBeInstanceOf(RangeError)
    expect([error.message, error.cause?.name]).toEqual(['that went wrong', 'RemoteTraceback'])
    expect(error.cause?.stack).toMatch(/failAfter.*future-tasks\.mjs/s)
  })

  test.each([0, '', null, undefined, false])('%o can be thrown, too', async (thrown) => {
    const future = executor.submit(tasks.throwIt, thrown)
    expect(await errorOf(future)).toBe(thrown)
    expect(String(future)).toContain('finished raised')
  })

  test('never waits, however much is submitted in one turn (E5)', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, kind })
    const futures = range(1_000).map((n) => executor.submit(tasks.same, n))
    expect(futures.some((future) => future.done())).toBe(false)
    expect(await Promise.all(futures)).toEqual(range(1_000))
  })

  test('what cannot travel fails its own future, and nothing else (E18)', async () => {
    const argument = executor.submit(tasks.same, { deep: [() => 1] })
    const result = executor.submit(tasks.returnFunction)
    const good = executor.submit(tasks.same, 'good')
    expect([argument.done(), String(argument)]).toEqual([true, expect.stringContaining('raised EncodeError')])
    expect(await errorOf(argument)).toMatchObject({ name: 'EncodeError', path: '[0].deep[0]' })
    expect(await errorOf(result)).toBeInstanceOf(EncodeError)
    expect(await good).toBe('good')
  })

  test('what throws while it is read, or while it is put together there, fails its own future', async () => {
    const { Trap } = await import('./fixtures/future-tasks.mjs')
    await executor.submit(tasks.arm)
    const sprung = executor.submit(tasks.same, new Trap('throw'))
    const unreadable = executor.submit(tasks.fatalResult, 'throw')
    expect([(await errorOf(sprung)).message, (await errorOf(unreadable)).message]).toEqual([
      expect.stringContaining('sprung'),
      expect.stringContaining('cannot be read'),
    ])
    expect(await executor.submit(tasks.same, 'good')).toBe('good')
  })

  test('an executor cannot be sent to a task', async () => {
    const error = await errorOf(executor.submit(tasks.same, executor))
    expect([error.name, error.message]).toEqual(['EncodeError', expect.stringContaining('ProcessPoolExecutor')])
  })

  test('a task that throws SystemExit fails with it; its worker lives on (E20)', async () => {
    const before = await executor.submit(tasks.whoAmI)
    const error = await errorOf(executor.submit(tasks.throwSystemExit))
    expect(error).toBeInstanceOf(SystemExit)
    expect([(error as SystemExit).code, await executor.submit(tasks.whoAmI)]).toEqual([1, before])
  })

  test.each(kinds)('a task can have an executor of its own, over a $kind', async ({ kind: inner }) => {
    expect(await executor.submit(tasks.nest, inner, 100)).toEqual({ sum: 4_950, cancelled: true })
  })

  test('a Blob is read first, and cancelled all the same', async () => {
    const [read, cancelled] = ['hello', 'bye'].map((text) => executor.submit(tasks.same, new Blob([text])))
    expect([cancelled!.running(), cancelled!.cancel()]).toEqual([false, true])
    expect(await ((await read) as Blob).text()).toBe('hello')
    expect(cancelled!.cancelled()).toBe(true)
  })
})

describe.each(kinds)('the workers of an executor, $kind', ({ kind }) => {
  test('are prepared before they do anything else (E16)', async () => {
    const { Barrier } = await import('@millrace/node')
    await using executor = new ProcessPoolExecutor({
      maxWorkers: 2,
      kind,
      initializer: tasks.prepare,
      initargs: ['ready'],
    })
    const barrier = new Barrier(2)
    const [one, two] = await Promise.all([executor.submit(tasks.meet, barrier), executor.submit(tasks.meet, barrier)])
    expect([one![1], two![1]]).toEqual(['ready', 'ready'])
    expect(one![0]).not.toBe(two![0])
  })

  test('if they cannot be prepared, everything fails with the reason, and no others are started (E16)', async () => {
    const { SharedValue } = await import('@millrace/node')
    const count = new SharedValue('i', 0)
    const executor = new ProcessPoolExecutor({
      maxWorkers: 2,
      kind,
      initializer: tasks.failToPrepare,
      initargs: [count],
    })
    const futures = range(5).map(() => executor.submit(tasks.pid))
    for (const future of futures) {
      const error = await errorOf(future)
      expect(error).toBeInstanceOf(BrokenPoolError)
      expect([error.cause?.name, error.cause?.message]).toEqual(['RangeError', 'cannot prepare'])
    }
    expect(() => executor.submit(tasks.pid)).toThrow(BrokenPoolError)
    expect(() => executor.map(tasks.same, [1])).toThrow(BrokenPoolError)
    await executor.shutdown()
    expect(await count.get()).toBeLessThanOrEqual(2)
  })

  test('are replaced after so many tasks (E17)', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerChild: 3, kind })
    const futures = range(7).map(() => executor.submit(tasks.whoAmI))
    const [a, a2, a3, b, b2, b3, c] = await Promise.all(futures)
    expect([a2, a3, b2, b3]).toEqual([a, a, b, b])
    expect(new Set([a, b, c]).size).toBe(3)
  })

  test('are replaced also while the executor is being shut down (E17)', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 3, maxTasksPerChild: 1, kind })
    const futures = range(6).map((n) => executor.submit(tasks.same, n))
    await executor.shutdown()
    expect(await Promise.all(futures)).toEqual(range(6))
  })

  test('are started only as they are needed', async () => {
    const { SharedEvent } = await import('@millrace/node')
    await using executor = new ProcessPoolExecutor({ maxWorkers: 3, kind })
    const one = await executor.submit(tasks.whoAmI)
    for (const _ of range(3)) expect(await executor.submit(tasks.whoAmI)).toBe(one)
    const gate = new SharedEvent()
    const held = range(2).map(() => executor.submit(tasks.waitFor, gate))
    const third = await executor.submit(tasks.whoAmI)
    expect(third).toBeTypeOf('string')
    gate.set()
    expect((await wait(held)).notDone.size).toBe(0)
  })
})

describe.each(kinds)('a short task, $kind', ({ kind }) => {
  test('is not kept waiting by a long one that began before it, as long as more workers can be started', async () => {
    const { SharedEvent } = await import('@millrace/node')
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, kind })
    // What is known to be short is sent ahead; one after the other, so that there is one worker.
    for (const n of range(20)) await executor.submit(tasks.same, n)
    const gate = new SharedEvent()
    const long = [executor.submit(tasks.waitFor, gate)]
    expect(await executor.submit(tasks.same, 'short').result({ timeout: 20_000 })).toBe('short')
    gate.set()
    await wait(long)
  })
})

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('maxWorkers of %d makes no sense', (maxWorkers) => {
  expect(() => new ProcessPoolExecutor({ maxWorkers })).toThrow(/maxWorkers must be a whole number/)
})

test('other options that make no sense are refused at once', () => {
  expect(() => new ProcessPoolExecutor({ maxTasksPerChild: 0 })).toThrow(/maxTasksPerChild/)
  expect(() => new ProcessPoolExecutor({ initializer: 1 as never })).toThrow(TypeError)
  expect(() => new ProcessPoolExecutor({ kind: 'fork' as never })).toThrow(TypeError)
  expect(() => new ProcessPoolExecutor({ onCrash: 'ignore' as never })).toThrow(/onCrash/)
})
