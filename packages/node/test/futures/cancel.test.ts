import { EndOfFileError, Pipe, Queue, SharedArray, SharedEvent } from '@millrace/node'
import { type Future, ProcessPoolExecutor, wait } from '@millrace/node/futures'
import { describe, expect, test } from 'vitest'
import { Random } from '../../../core/test/random.ts'
import { kinds, range, tasks } from './tasks.ts'

describe.each(kinds)('cancel() of a task for a $kind (G38)', ({ kind }) => {
  test('succeeds for everything that was not begun, also what its worker has already', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, kind })
    const [begun, told] = [new Queue<unknown>(), new Queue<number>()]
    // Of what is known to be short, much is sent ahead.
    await wait(range(200).map(() => executor.submit(tasks.tell, begun as Queue<unknown>, 0)))
    await wait(range(20).map(() => executor.submit(tasks.tellAndBlock, begun, 0)))
    while ((await begun.qsize()) > 0) await begun.get()
    const running = executor.submit(tasks.tellAndBlock, begun, 1_000)
    const others = range(50).map((n) => executor.submit(tasks.tell, told, n))
    await begun.get()
    expect([running.running(), others.filter((future) => future.running()).length]).toEqual([true, 0])
    expect([running.cancel(), ...others.map((future) => future.cancel())]).toEqual([false, ...others.map(() => true)])
    expect(running.done()).toBe(false)
    await executor.shutdown()
    expect([await running.exception(), await told.qsize()]).toEqual([null, 0])
  })

  test('says so of each: cancelled, done, and never running', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, kind })
    const gate = new SharedEvent()
    const first = executor.submit(tasks.waitFor, gate)
    const second = executor.submit(tasks.waitFor, gate)
    expect([second.cancel(), second.cancelled(), second.done(), second.running()]).toEqual([true, true, true, false])
    expect([second.cancel(), String(second)]).toEqual([true, '<Future of task waitFor state=cancelled>'])
    await expect(second.result()).rejects.toThrow('task waitFor was cancelled')
    gate.set()
    await first
    expect([first.cancel(), first.cancelled(), first.running()]).toEqual([false, false, false])
  })

  test('before its worker is up', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, kind })
    const told = new Queue<number>()
    const future = executor.submit(tasks.tell, told, 1)
    // It is with the worker by now, which is being started.
    await new Promise((resolve) => setImmediate(resolve))
    expect([future.running(), future.cancel()]).toEqual([false, true])
    expect(await executor.submit(tasks.same, 'next')).toBe('next')
    expect(await told.qsize()).toBe(0)
  })

  test('of one that was to hand something over, which then stays here', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, kind })
    const [mine, theirs] = Pipe()
    expect(executor.submit(tasks.hold, theirs).cancel()).toBe(true)
    await theirs.send('still here')
    expect(await mine.recv()).toBe('still here')
  })

  test('of one that has just handed something over, which is nowhere then, unless it was begun', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, kind })
    const [mine, theirs] = Pipe()
    const future = executor.submit(tasks.hold, theirs)
    while (!theirs.closed) await new Promise((resolve) => setImmediate(resolve))
    if (future.cancel()) await expect(mine.recv({ timeout: 20_000 })).rejects.toThrow(EndOfFileError)
    else await Promise.all([mine.send('go on'), future])
    expect(await executor.submit(tasks.same, 'next')).toBe('next')
  })

  test('at any moment: each task is done once, or was cancelled and is not done', async () => {
    const random = new Random(Number(process.env.MILLRACE_SEED ?? 1))
    const executor = new ProcessPoolExecutor({ maxWorkers: 2, kind })
    const ran = new SharedArray('int32', 3_000)
    const futures: Future[] = []
    const late = new Set<number>()
    // Until both are up nothing is begun.
    await wait(range(2).map(() => executor.submit(tasks.sleep, 20)))
    let oldest = 0
    // Near those that are begun, where it is hard to tell; near the latest; or anywhere.
    const place = () => {
      while (futures[oldest]?.done() === true) oldest++
      const last = futures.length - 1
      const somewhere = [oldest + random.int(4), last - random.int(60), random.int(futures.length)]
      return Math.max(0, Math.min(last, random.pick(somewhere)))
    }
    while (futures.length < 3_000) {
      for (let left = random.between(1, 60); left > 0 && futures.length < 3_000; left--)
        futures.push(executor.submit(tasks.count, ran, futures.length))
      if (random.chance(0.7)) await new Promise((resolve) => setImmediate(resolve))
      if (random.chance(0.3)) await wait([futures[oldest]!])
      for (let tries = random.between(0, 20); tries > 0; tries--) {
        const at = place()
        const wasRunning = futures[at]!.running()
        if (futures[at]!.cancel() && wasRunning) late.add(at)
      }
    }
    await executor.shutdown()
    const times = await ran.getAll()
    const wrong = range(3_000).filter((place) => times[place] !== (futures[place]!.cancelled() ? 0 : 1))
    expect([wrong, late.size]).toEqual([[], 0])
    const cancelled = futures.filter((future) => future.cancelled()).length
    expect(cancelled).toBeGreaterThan(50)
    expect(cancelled).toBeLessThan(2_950)
  })
})
