import { SharedEvent } from '@millrace/node'
import {
  asCompleted,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type Future,
  ProcessPoolExecutor,
  TimeoutError,
  wait,
} from '@millrace/node/futures'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorOf, kinds, listOf, range, tasks } from './tasks.ts'

describe.each(kinds)('to wait for tasks in a $kind', ({ kind }) => {
  let executor: ProcessPoolExecutor
  beforeAll(() => {
    executor = new ProcessPoolExecutor({ maxWorkers: 3, kind })
  })
  afterAll(() => executor.shutdown())

  /** One that is done at once, one that fails, and one that waits until it is let go. */
  function three() {
    const [now, gate] = [new SharedEvent(), new SharedEvent()]
    now.set()
    const futures = [
      executor.submit(tasks.waitFor, now, 'good'),
      executor.submit(tasks.failOn, now),
      executor.submit(tasks.waitFor, gate, 'late'),
    ] as Future[]
    const places = (set: Set<Future>) => futures.flatMap((future, place) => (set.has(future) ? [place] : []))
    return { futures, gate, places }
  }

  test('until the first is done (E12)', async () => {
    const { futures, gate, places } = three()
    const { done, notDone } = await wait([futures[0]!, futures[2]!, futures[0]!], { returnWhen: FIRST_COMPLETED })
    expect([places(done), places(notDone)]).toEqual([[0], [2]])
    gate.set()
  })

  test('until the first has failed (E13)', async () => {
    const { futures, gate, places } = three()
    await futures[0]
    const { done, notDone } = await wait(futures, { returnWhen: FIRST_EXCEPTION })
    expect([places(done), places(notDone)]).toEqual([[0, 1], [2]])
    gate.set()
  })

  test('until all are done, well, badly or not at all (E12)', async () => {
    const { futures, gate } = three()
    const cancelled = executor.submit(tasks.sleep, 60_000)
    expect(cancelled.cancel()).toBe(true)
    const found = wait([...futures, cancelled])
    gate.set()
    expect([(await found).done.size, (await found).notDone.size]).toEqual([4, 0])
  })

  test('for a time (E12)', async () => {
    const { futures, gate, places } = three()
    await Promise.all([futures[0], errorOf(futures[1]!)])
    const { done, notDone } = await wait(futures, { timeout: 50 })
    expect([places(done), places(notDone)]).toEqual([[0, 1], [2]])
    await expect(futures[2]!.result({ timeout: 10 })).rejects.toThrow(TimeoutError)
    gate.set()
    expect(await futures[2]).toBe('late')
  })

  test('for each as it is done', async () => {
    const gates = range(3).map(() => new SharedEvent())
    const futures = gates.map((gate, n) => executor.submit(tasks.waitFor, gate, n))
    const order: number[] = []
    gates[1]!.set()
    for await (const future of asCompleted(futures)) {
      order.push((await future.result()) as number)
      gates[order.length === 1 ? 2 : 0]!.set()
    }
    expect(order).toEqual([1, 2, 0])
  })

  test('for each, for a time', async () => {
    const { futures, gate } = three()
    await Promise.all([futures[0], errorOf(futures[1]!)])
    const coming = asCompleted(futures, { timeout: 30 })
    expect([(await coming.next()).done, (await coming.next()).done]).toEqual([false, false])
    await expect(coming.next()).rejects.toThrow('1 of 3 futures were not done within 30 ms')
    gate.set()
    expect(await listOf(coming)).toEqual([])
  })

  test('callbacks are called when it is done', async () => {
    const future = executor.submit(tasks.same, 7)
    const called = new Promise((resolve) => future.addDoneCallback((it) => resolve([it === future, it.done()])))
    expect(await called).toEqual([true, true])
  })
})
