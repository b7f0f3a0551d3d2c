import { setTimeout as sleep } from 'node:timers/promises'
import {
  ClosedError,
  EmptyError,
  JoinableQueue,
  Process,
  Queue,
  SimpleQueue,
  taskModule,
  ValueError,
} from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { expectTimeout, observe, range } from '../../core/conformance/observed.ts'

const tasks = taskModule<typeof import('./fixtures/queue-tasks.mjs')>(
  new URL('./fixtures/queue-tasks.mjs', import.meta.url),
)

// The rows that Python promises of queues, against real processes. `conformance/` has more, over every transport.
describe.concurrent('a queue between processes, as Python promises', () => {
  test('what a child puts is got in order, in all the ways of getting (Q2)', async () => {
    const [queue, go] = [new Queue<number>(), new Queue<null>()]
    const child = new Process(tasks.putWhenTold, { args: [queue, go, [2, 3, 4, 5]] }).start()
    expect(await queue.empty()).toBe(true)
    await go.put(null)
    await child.join()
    expect(await queue.empty()).toBe(false)
    expect(await queue.get({ timeout: undefined })).toBe(2)
    expect(await queue.get()).toBe(3)
    expect(await queue.get({ timeout: 20_000 })).toBe(4)
    expect(await queue.getNowait()).toBe(5)
    expect(await queue.empty()).toBe(true)
  })

  test('an empty queue refuses a get that does not wait at once, and one that does in its time (Q2)', async () => {
    const queue = new Queue<string>()
    const child = new Process(tasks.getWithoutWaiting, { args: [queue] }).start()
    for (const get of [() => queue.getNowait(), () => queue.get({ timeout: 0 }), () => queue.get({ timeout: -1 })])
      await expect(get()).rejects.toThrow(EmptyError)
    await expectTimeout(queue.get({ timeout: 100 }), EmptyError, 100)
    await expectTimeout(queue.get({ timeout: 200 }), EmptyError, 200)
    expect(await child.result).toBe(3)
    await queue.put('not swallowed')
    expect(await queue.get()).toBe('not swallowed')
  })

  test('a child that returns at once loses nothing of what it put, behind what was there before (Q3)', async () => {
    const queue = new Queue<number>()
    for (const i of range(10)) await queue.put(i)
    const child = new Process(tasks.putAndReturn, { args: [queue, 10, 20] }).start()
    const items: number[] = []
    while (items.length < 20) items.push(await queue.get())
    expect(items).toEqual(range(20))
    await expect(queue.getNowait()).rejects.toThrow(EmptyError)
    await child.join()
  })

  test('thousands of puts that nobody waited for all arrive before the child ends (Q3)', async () => {
    const [queue, bounded] = [new Queue<number>(), new Queue<number>({ maxsize: 10 })]
    const children = [queue, bounded].map((each) => new Process(tasks.putAndReturn, { args: [each, 0, 5_000] }).start())
    for (const i of range(5_000)) expect(await bounded.get()).toBe(i)
    for (const child of children) await child.join()
    expect(await queue.qsize()).toBe(5_000)
    for (const i of range(5_000)) expect(await queue.getNowait()).toBe(i)
  })

  test('a module may use a queue while it is loaded, here and in a child (Q7)', async () => {
    expect((await import('./fixtures/queue-at-import.mjs')).item).toBe('at import')
    const module = taskModule<typeof import('./fixtures/queue-at-import.mjs')>(
      new URL('./fixtures/queue-at-import.mjs', import.meta.url),
    )
    expect(await new Process(module.tell).start().result).toBe('at import')
  })

  test('a put is visible to the putter’s own empty() as soon as it returns (Q8)', async () => {
    const queue = new SimpleQueue<boolean>()
    expect(await queue.empty()).toBe(true)
    const child = new Process(tasks.putWhetherEmpty, { args: [queue] }).start()
    expect([await queue.get(), await queue.get()]).toEqual([true, false])
    expect(await queue.empty()).toBe(true)
    await child.join()
  })

  // Python counts descriptors here; a queue has none of its own. `garbage.test.ts` shows that it leaves nothing behind.
  test('a SimpleQueue can be closed twice, and is closed then (Q9)', async () => {
    const queue = new SimpleQueue<number>()
    await queue.close()
    await queue.close()
    await expect(queue.put(1)).rejects.toThrow(ClosedError)
    await expect(queue.get()).rejects.toThrow(ClosedError)
  })

  test('a bound of 0 or less is none; joinThread() needs close(), which may be called twice (Q10)', async () => {
    const queue = new Queue<number>({ maxsize: -5 })
    await queue.put(1)
    expect(await queue.full()).toBe(false)
    await expect(queue.joinThread()).rejects.toThrow(ValueError)
    await queue.close()
    await queue.close()
    await queue.joinThread()
    expect([await queue.empty(), await queue.qsize()]).toEqual([false, 1])
  })

  // Python's row has a manager's proxy; here every queue is one.
  test('a child sees and empties a JoinableQueue of two; so does the parent afterwards (J2)', async () => {
    const queue = new JoinableQueue<number>({ maxsize: 2 })
    await queue.put(5)
    await queue.put(6)
    const child = new Process(tasks.emptyIt, { args: [queue] }).start()
    await queue.join()
    expect(await child.result).toEqual([2, true, false, 5, false, 6, true])
    await child.join()
    expect([child.exitCode, await queue.empty(), await queue.full()]).toEqual([0, true, false])
  })

  test('taskDone() too often rejects; join() waits for what is not done, and for nothing else (J3)', async () => {
    const queue = new JoinableQueue<string>()
    await queue.join()
    await queue.put('item')
    await queue.get()
    const joined = observe(queue.join())
    await sleep(200)
    expect(joined.state).toBe('pending')
    await queue.put('another')
    await queue.taskDone()
    await sleep(50)
    expect(joined.state).toBe('pending')
    await queue.get()
    await queue.taskDone()
    await joined.promise
    await expect(queue.taskDone()).rejects.toThrow('too many times')
  })
})
