import { beforeEach, describe, expect, test } from 'vitest'
import { ClosedError, DisconnectedError, EmptyError, EncodeError, FullError, ValueError } from '../src/errors.ts'
import { JoinableQueue, type JoinableQueueOptions } from '../src/joinable-queue.ts'
import { OBSERVABLE } from '../src/observable.ts'
import { Queue } from '../src/queue.ts'
import type { QueueOptions } from '../src/queue-channel.ts'
import { createRoot, type Runtime } from '../src/runtime.ts'
import { SimpleQueue } from '../src/simple-queue.ts'
import { inContext } from './in-context.ts'
import { ManualClock } from './manual-clock.ts'

let clock: ManualClock
let root: Runtime

beforeEach(() => {
  clock = new ManualClock()
  root = createRoot(clock, 100_000)
})

const queueOf = <T = unknown>(options?: QueueOptions) => inContext(root.context, () => new Queue<T>(options))
const joinableOf = <T>(options?: JoinableQueueOptions) => inContext(root.context, () => new JoinableQueue<T>(options))

/** What has become of each of these by now. */
function allNow(promises: ReadonlyArray<Promise<unknown>>): Promise<unknown[]> {
  return Promise.all(promises.map(now))
}

/** What has become of a promise by now. */
async function now<T>(promise: Promise<T>): Promise<T | Error | 'pending'> {
  let state: T | Error | 'pending' = 'pending'
  promise.then(
    (value) => {
      state = value
    },
    (error) => {
      state = error
    },
  )
  await clock.settle()
  return state
}

describe('a queue', () => {
  test('gives items in the order in which they were put, as they were then', async () => {
    const queue = queueOf<{ n: number }>()
    const item = { n: 0 }
    for (; item.n < 300; item.n++) void queue.put(item)
    for (let n = 0; n < 300; n++) expect(await now(queue.get())).toEqual({ n })
  })

  test('holds maxsize items and no more, and lets those in that wait in their order', async () => {
    const queue = queueOf<number>({ maxsize: 2 })
    const puts = [1, 2, 3, 4].map((n) => queue.put(n))
    expect(await Promise.all(puts.map(now))).toEqual([undefined, undefined, 'pending', 'pending'])
    expect(await now(queue.qsize())).toBe(2)
    expect(await now(queue.full())).toBe(true)
    expect(await now(queue.get())).toBe(1)
    expect(await Promise.all(puts.map(now))).toEqual([undefined, undefined, undefined, 'pending'])
    for (const n of [2, 3, 4]) expect(await now(queue.get())).toBe(n)
    expect(await now(queue.empty())).toBe(true)
  })

  test('has no bound without one, or with one of 0 or less', async () => {
    for (const options of [{}, { maxsize: 0 }, { maxsize: -3 }, { maxsize: Number.POSITIVE_INFINITY }]) {
      const queue = queueOf<number>(options)
      const puts = Array.from({ length: 2_000 }, (_, n) => queue.put(n))
      await clock.settle()
      expect((await Promise.all(puts)).length).toBe(2_000)
      expect(await now(queue.full())).toBe(false)
    }
  })

  test('refuses bounds that are no numbers', () => {
    for (const maxsize of [Number.NaN, '3', null, {}])
      expect(() => queueOf({ maxsize } as QueueOptions)).toThrow(TypeError)
    expect(queueOf({ maxsize: 2.9 }).maxsize).toBe(2)
  })

  test('gives a refused item back, and refuses nothing that fits', async () => {
    const queue = queueOf<string>({ maxsize: 1 })
    expect(await now(queue.getNowait())).toBeInstanceOf(EmptyError)
    expect(await now(queue.putNowait('a'))).toBeUndefined()
    const refused = await now(queue.putNowait('b'))
    expect(refused).toBeInstanceOf(FullError)
    expect((refused as FullError).item).toBe('b')
    expect(await now(queue.getNowait())).toBe('a')
    expect(await now(queue.putNowait('c'))).toBeUndefined()
  })

  test('gives up at the end of a timeout, not before it, and lets nothing go with it', async () => {
    const queue = queueOf<string>({ maxsize: 1 })
    const get = queue.get({ timeout: 50 })
    await clock.advance(49)
    expect(await now(get)).toBe('pending')
    await clock.advance(1)
    expect(await now(get)).toBeInstanceOf(EmptyError)
    expect(await now(queue.put('kept'))).toBeUndefined()
    const put = queue.put('late', { timeout: 50 }).catch((error) => error as Error)
    await clock.advance(60)
    expect(await put).toBeInstanceOf(FullError)
    expect(await now(queue.get({ timeout: 1 }))).toBe('kept')
    expect(await now(queue.qsize())).toBe(0)
    expect(clock.timers).toBe(0)
  })

  test('lets go of a waiter whose signal is aborted, with the reason, and serves the next', async () => {
    const queue = queueOf<number>()
    const controller = new AbortController()
    const first = queue.get({ signal: controller.signal })
    const second = queue.get()
    await clock.settle()
    controller.abort('enough')
    await expect(first).rejects.toBe('enough')
    void queue.put(1)
    expect(await now(second)).toBe(1)
    expect(await now(queue.put(2))).toBeUndefined()
    await expect(queue.get({ signal: controller.signal })).rejects.toBe('enough')
    await expect(queue.put(3, { signal: controller.signal })).rejects.toBe('enough')
    expect(await now(queue.qsize())).toBe(1)
  })

  test('serves its waiters in the order in which they came, waiting or not', async () => {
    const queue = queueOf<number>()
    const gets = [queue.get(), queue.get({ timeout: 0 }), queue.get({ timeout: 20 }), queue.get()]
    for (const n of [1, 2, 3]) void queue.put(n)
    const [first, nowait, ...rest] = await allNow(gets)
    expect(first).toBe(1)
    // Nothing was there yet when it came, or its turn came; in both cases the others follow in their order.
    expect(nowait instanceof EmptyError ? rest : [nowait, ...rest.slice(0, 1)]).toEqual([2, 3])
  })

  test('rejects what cannot travel where it is put, and keeps its room', async () => {
    const queue = queueOf({ maxsize: 1 })
    for (let i = 0; i < 3; i++) expect(await now(queue.put({ deep: [() => 1] }))).toBeInstanceOf(EncodeError)
    expect(await now(queue.put(1))).toBeUndefined()
    expect(((await now(queue.put({ deep: [() => 1] }))) as EncodeError).path).toBe('.deep[0]')
    expect(await now(queue.get())).toBe(1)
    expect(await now(queue.putNowait(2))).toBeUndefined()
  })

  test('rejects an item longer than a frame may be, and names the limit and the way out', async () => {
    const queue = queueOf({ maxsize: 2 })
    const error = await now(queue.put(new Uint8Array(100_000)))
    expect(error).toBeInstanceOf(EncodeError)
    expect((error as Error).message).toMatch(/99936.*configure/s)
    expect(await now(queue.put(new Uint8Array(99_900)))).toBeUndefined()
    expect(await now(queue.put('fits'))).toBeUndefined()
  })

  test('bounds bytes as well, and lets a larger item through when it is empty', async () => {
    const queue = queueOf<Uint8Array>({ maxbytes: 100 })
    expect(await now(queue.putNowait(new Uint8Array(60)))).toBeUndefined()
    expect(await now(queue.putNowait(new Uint8Array(60)))).toBeInstanceOf(FullError)
    expect(await now(queue.putNowait(new Uint8Array(20)))).toBeUndefined()
    const large = queue.put(new Uint8Array(5_000))
    const small = queue.put(new Uint8Array(1))
    void queue.get()
    expect(await now(large)).toBe('pending')
    void queue.get()
    expect(await now(large)).toBeUndefined()
    expect(await now(small)).toBe('pending')
    expect(await now(queue.full())).toBe(true)
    expect((await now(queue.get())) as Uint8Array).toHaveLength(5_000)
    expect(await now(small)).toBeUndefined()
  })

  test('a nowait put that fits is not refused because a larger one before it was', async () => {
    const queue = queueOf<Uint8Array>({ maxbytes: 100 })
    void queue.put(new Uint8Array(60))
    await clock.settle()
    const [large, small] = [queue.putNowait(new Uint8Array(60)), queue.putNowait(new Uint8Array(10))]
    expect(await now(large)).toBeInstanceOf(FullError)
    expect(await now(small)).toBeUndefined()
  })

  test('takes an item of several megabytes, and small ones around it', async () => {
    const large = createRoot(clock)
    const queue = inContext(large.context, () => new Queue<Uint8Array | string>())
    for (const item of ['before', new Uint8Array(5 << 20).fill(3), 'after']) void queue.put(item)
    expect(await now(queue.get())).toBe('before')
    const item = (await now(queue.get())) as Uint8Array
    expect(item.length).toBe(5 << 20)
    expect(item.every((byte) => byte === 3)).toBe(true)
    expect(await now(queue.get())).toBe('after')
  })

  test('keeps the context busy while something is pending, and no longer', async () => {
    const states: boolean[] = []
    root.context.whileBusy((busy) => states.push(busy))
    const queue = queueOf<number>()
    const get = queue.get()
    void queue.put(1)
    expect(await now(get)).toBe(1)
    expect(states.at(-1)).toBe(false)
    expect(states).toContain(true)
    void queue.get()
    await clock.settle()
    expect(states.at(-1)).toBe(true)
    queue.cancelJoinThread()
    expect(states.at(-1)).toBe(false)
  })
})

describe('a closed queue', () => {
  test('refuses those who wait to get, and all who come after', async () => {
    const queue = queueOf<number>()
    const get = queue.get()
    await queue.close()
    await queue.close()
    for (const outcome of await allNow([get, queue.get(), queue.put(1), queue.getNowait(), queue.putNowait(1)]))
      expect(outcome).toBeInstanceOf(ClosedError)
  })

  test('still puts what waits for room, and joinThread tells when that is done', async () => {
    const queue = queueOf<number>({ maxsize: 1 })
    const elsewhere = inContext(root.context, () => new Queue<number>({ maxsize: 1 }))
    void elsewhere
    await expect(queue.joinThread()).rejects.toBeInstanceOf(ValueError)
    void queue.put(1)
    const waiting = queue.put(2)
    await clock.settle()
    await queue.close()
    const joined = queue.joinThread()
    expect(await now(joined)).toBe('pending')
    expect(await now(waiting)).toBe('pending')
    root.context.link.close()
    expect(await now(waiting)).toBeInstanceOf(DisconnectedError)
    expect(await now(joined)).toBeUndefined()
  })

  test('ends loops over it, and completes subscriptions', async () => {
    const queue = queueOf<number>()
    const seen: number[] = []
    const loop = (async () => {
      for await (const item of queue) seen.push(item)
      return 'over'
    })()
    for (const n of [1, 2, 3]) void queue.put(n)
    await clock.settle()
    expect(seen).toEqual([1, 2, 3])
    let completed = false
    queue[OBSERVABLE]().subscribe({ complete: () => (completed = true) })
    await queue.close()
    expect(await now(loop)).toBe('over')
    expect(completed).toBe(true)
  })
})

describe('a loop or a subscription that is left', () => {
  test('takes no item that it does not hand out', async () => {
    const queue = queueOf<number>()
    for (const n of [1, 2, 3, 4]) void queue.put(n)
    const seen: number[] = []
    const loop = (async () => {
      for await (const item of queue) if (seen.push(item) === 2) break
    })()
    await clock.settle()
    await loop
    expect(seen).toEqual([1, 2])
    const subscription = queue[OBSERVABLE]().subscribe({ next: (item) => seen.push(item) })
    await clock.settle()
    expect(seen).toEqual([1, 2, 3, 4])
    subscription.unsubscribe()
    void queue.put(5)
    expect(await now(queue.get())).toBe(5)
    expect(seen).toHaveLength(4)
  })
})

describe('when the link is gone', () => {
  test('everything that is pending, and everything that comes, is refused', async () => {
    const queue = queueOf<number>({ maxsize: 1 })
    void queue.put(1)
    await clock.settle()
    const empty = joinableOf<number>()
    const pending = [queue.put(2), empty.get(), empty.get({ timeout: 9 }), queue.qsize(), empty.join()]
    root.context.link.close()
    for (const outcome of await allNow([...pending, queue.put(3), empty.get(), queue.qsize(), empty.taskDone()])) {
      // Nothing was put into the second queue, so the join may have been answered just before.
      if (outcome !== undefined) expect(outcome).toBeInstanceOf(DisconnectedError)
    }
    expect(clock.timers).toBe(0)
    expect(root.hub!.size).toBe(0)
  })
})

describe('a JoinableQueue', () => {
  test('is joined when all that was put is done, not only taken', async () => {
    const queue = joinableOf<number>()
    expect(await now(queue.join())).toBeUndefined()
    for (const n of [1, 2]) void queue.put(n)
    await clock.settle()
    const joined = queue.join()
    expect(await now(queue.get())).toBe(1)
    const delivery = (await now(queue.receive())) as Awaited<ReturnType<typeof queue.receive>>
    expect(delivery).toMatchObject({ item: 2, deliveries: 1 })
    await queue.taskDone()
    expect(await now(joined)).toBe('pending')
    delivery.done()
    delivery.done()
    expect(await now(joined)).toBeUndefined()
  })

  test('complains of more done than was put', async () => {
    const queue = joinableOf<number>()
    expect(await now(queue.taskDone())).toBeInstanceOf(ValueError)
    void queue.put(1)
    await clock.settle()
    expect(await now(queue.get())).toBe(1)
    expect(await now(queue.taskDone())).toBeUndefined()
    expect(await now(queue.taskDone())).toBeInstanceOf(ValueError)
  })

  test('refuses a deliveryLimit that makes no sense', () => {
    for (const deliveryLimit of [0, -1, 1.5, Number.NaN]) expect(() => joinableOf({ deliveryLimit })).toThrow(TypeError)
  })
})

test('a SimpleQueue puts, gets, tells whether it is empty, and can be closed', async () => {
  const queue = inContext(root.context, () => new SimpleQueue<string>())
  expect(await now(queue.empty())).toBe(true)
  void queue.put('a')
  expect(await now(queue.get())).toBe('a')
  await queue.close()
  expect(await now(queue.get())).toBeInstanceOf(ClosedError)
})
