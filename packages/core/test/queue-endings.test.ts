import { beforeEach, describe, expect, test } from 'vitest'
import { ClosedError, DisconnectedError, ValueError } from '../src/errors.ts'
import { OBSERVABLE } from '../src/observable.ts'
import { SimpleQueue } from '../src/simple-queue.ts'
import { OneContext } from './one-context.ts'

let program: OneContext

beforeEach(() => {
  program = new OneContext()
})

describe('a closed queue', () => {
  test('refuses those who wait to get, and all who come after', async () => {
    const queue = program.queue<number>()
    const get = queue.get()
    await queue.close()
    await queue.close()
    for (const outcome of await program.allNow([get, queue.get(), queue.put(1), queue.getNowait(), queue.putNowait(1)]))
      expect(outcome).toBeInstanceOf(ClosedError)
  })

  test('lets joinThread wait for what waits for room, until there can be none any more', async () => {
    const queue = program.queue<number>({ maxsize: 1 })
    await expect(queue.joinThread()).rejects.toBeInstanceOf(ValueError)
    void queue.put(1)
    const waiting = queue.put(2)
    await program.clock.settle()
    await queue.close()
    const joined = queue.joinThread()
    expect(await program.now(joined)).toBe('pending')
    expect(await program.now(waiting)).toBe('pending')
    program.root.context.link.close()
    expect(await program.now(waiting)).toBeInstanceOf(DisconnectedError)
    expect(await program.now(joined)).toBeUndefined()
  })

  test('ends loops over it, and completes subscriptions', async () => {
    const queue = program.queue<number>()
    const seen: number[] = []
    const loop = (async () => {
      for await (const item of queue) seen.push(item)
      return 'over'
    })()
    for (const n of [1, 2, 3]) void queue.put(n)
    await program.clock.settle()
    expect(seen).toEqual([1, 2, 3])
    let completed = false
    queue[OBSERVABLE]().subscribe({ complete: () => (completed = true) })
    await queue.close()
    expect(await program.now(loop)).toBe('over')
    expect(completed).toBe(true)
  })
})

describe('a loop or a subscription that is left', () => {
  test('takes no item that it does not hand out', async () => {
    const queue = program.queue<number>()
    for (const n of [1, 2, 3, 4]) void queue.put(n)
    const seen: number[] = []
    const loop = (async () => {
      for await (const item of queue) if (seen.push(item) === 2) break
    })()
    await program.clock.settle()
    await loop
    expect(seen).toEqual([1, 2])
    const subscription = queue[OBSERVABLE]().subscribe({ next: (item) => seen.push(item) })
    await program.clock.settle()
    expect(seen).toEqual([1, 2, 3, 4])
    subscription.unsubscribe()
    void queue.put(5)
    expect(await program.now(queue.get())).toBe(5)
    expect(seen).toHaveLength(4)
  })
})

describe('when the link is gone', () => {
  test('everything that is pending, and everything that comes, is refused', async () => {
    const queue = program.queue<number>({ maxsize: 1 })
    void queue.put(1)
    await program.clock.settle()
    const empty = program.joinable<number>()
    const pending = [queue.put(2), empty.get(), empty.get({ timeout: 9 }), queue.qsize(), empty.join()]
    program.root.context.link.close()
    for (const outcome of await program.allNow([
      ...pending,
      queue.put(3),
      empty.get(),
      queue.qsize(),
      empty.taskDone(),
    ])) {
      // Nothing was put into the second queue, so the join may have been answered just before.
      if (outcome !== undefined) expect(outcome).toBeInstanceOf(DisconnectedError)
    }
    expect(program.clock.timers).toBe(0)
    expect(program.root.hub!.size).toBe(0)
  })
})

describe('a JoinableQueue', () => {
  test('is joined when all that was put is done, not only taken', async () => {
    const queue = program.joinable<number>()
    expect(await program.now(queue.join())).toBeUndefined()
    for (const n of [1, 2]) void queue.put(n)
    await program.clock.settle()
    const joined = queue.join()
    expect(await program.now(queue.get())).toBe(1)
    const delivery = (await program.now(queue.receive())) as Awaited<ReturnType<typeof queue.receive>>
    expect(delivery).toMatchObject({ item: 2, deliveries: 1 })
    await queue.taskDone()
    expect(await program.now(joined)).toBe('pending')
    delivery.done()
    delivery.done()
    expect(await program.now(joined)).toBeUndefined()
  })

  test('complains of more done than was put', async () => {
    const queue = program.joinable<number>()
    expect(await program.now(queue.taskDone())).toBeInstanceOf(ValueError)
    void queue.put(1)
    await program.clock.settle()
    expect(await program.now(queue.get())).toBe(1)
    expect(await program.now(queue.taskDone())).toBeUndefined()
    expect(await program.now(queue.taskDone())).toBeInstanceOf(ValueError)
  })

  test('refuses a deliveryLimit that makes no sense', () => {
    for (const deliveryLimit of [0, -1, 1.5, Number.NaN])
      expect(() => program.joinable({ deliveryLimit })).toThrow(TypeError)
  })
})

test('a SimpleQueue puts, gets, tells whether it is empty, and can be closed', async () => {
  const queue = program.make(() => new SimpleQueue<string>())
  expect(await program.now(queue.empty())).toBe(true)
  void queue.put('a')
  expect(await program.now(queue.get())).toBe('a')
  await queue.close()
  expect(await program.now(queue.get())).toBeInstanceOf(ClosedError)
})
