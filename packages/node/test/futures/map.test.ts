import { Queue, SharedEvent, TimeoutError } from '@millrace/node'
import { ProcessPoolExecutor } from '@millrace/node/futures'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorOf, kinds, listOf, range, tasks } from './tasks.ts'

describe.each(kinds)('map() over a $kind', ({ kind }) => {
  let executor: ProcessPoolExecutor
  beforeAll(() => {
    executor = new ProcessPoolExecutor({ maxWorkers: 2, kind })
  })
  afterAll(() => executor.shutdown())

  test('gives what the built-in map would, in order, until the shortest input ends (E2)', async () => {
    const powers = range(10).map((n) => n ** n)
    expect(await listOf(executor.map(tasks.pow, range(10), range(10)))).toEqual(powers)
    expect(await listOf(executor.map(tasks.pow, new Set(range(10)), range(99)))).toEqual(powers)
    expect(await listOf(executor.map(tasks.pow, [], range(10)))).toEqual([])
  })

  test('gives the same in chunks of any size; one below 1 is refused (E2)', async () => {
    const squares = range(40).map((n) => n ** 2)
    for (const chunksize of [1, 3, 6, 40, 50])
      expect(await listOf(executor.map(tasks.pow, range(40), Array(40).fill(2), { chunksize }))).toEqual(squares)
    for (const chunksize of [0, -1])
      expect(() => executor.map(tasks.pow, [1], [1], { chunksize })).toThrow(/chunksize must be/)
  })

  test('ends with the first error; what came before is given, and what follows is cancelled (E3)', async () => {
    const results = executor.map(tasks.divmod, [1, 1, 1, 1], [2, 3, 0, 5])
    expect([(await results.next()).value, (await results.next()).value]).toEqual([
      [0, 1],
      [0, 1],
    ])
    await expect(results.next()).rejects.toThrow(RangeError)
    expect(await results.next()).toEqual({ done: true, value: undefined })
  })

  test('has a timeout that counts from the call (E3)', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 3, kind })
    // Until they are up, the timeout would count for them.
    const gate = new SharedEvent()
    await Promise.all(range(3).map(() => executor.submit(tasks.sleep, 20)))
    const began = performance.now()
    const results = executor.map(tasks.waitFor, [setNow(), setNow(), gate], [1, 2, 3], { timeout: 1_000 })
    expect([(await results.next()).value, (await results.next()).value]).toEqual([1, 2])
    const error = await errorOf(results.next())
    const ms = performance.now() - began
    gate.set()
    expect(error).toBeInstanceOf(TimeoutError)
    expect(ms).toBeGreaterThan(980)
    expect(ms).toBeLessThan(20_000)
  })

  test('submits everything at once, although nobody takes the results (E11)', async () => {
    const told = new Queue<number>()
    executor.map(tasks.tell, Array<typeof told>(10).fill(told), range(10))
    const seen = await Promise.all(range(10).map(() => told.get({ timeout: 20_000 })))
    expect(seen.sort()).toEqual(range(10))
  })

  test.each(['a timeout', 'return()'] as const)('what is not begun never is, after %s (E11)', async (how) => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, kind })
    const [told, gate] = [new Queue<string>(), new SharedEvent()]
    const first = executor.submit(tasks.waitFor, gate)
    const results = executor.map(tasks.tell, [told, told], ['second', 'third'], { timeout: 50 })
    if (how === 'return()') await results.return()
    else await expect(results.next()).rejects.toThrow(TimeoutError)
    gate.set()
    await first
    await executor.shutdown()
    expect(await told.qsize()).toBe(0)
  })

  test('throws at once what an input throws, and then has submitted nothing', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, kind })
    const told = new Queue<number>()
    function* inputs() {
      yield 1
      throw new RangeError('no more')
    }
    expect(() => executor.map(tasks.tell, Array<typeof told>(9).fill(told), inputs())).toThrow('no more')
    await executor.shutdown()
    expect(await told.qsize()).toBe(0)
  })

  test('takes many results in good order', async () => {
    expect(await listOf(executor.map(tasks.same, range(3_000)))).toEqual(range(3_000))
    expect(await listOf(executor.map(tasks.same, range(3_000), { chunksize: 70 }))).toEqual(range(3_000))
  })
})

function setNow(): SharedEvent {
  const event = new SharedEvent()
  event.set()
  return event
}
