// What the conformance suite runs in another context. It imports nothing, so that any platform can load it.

/**
 * @template T
 * @typedef {import('@millrace/core').Queue<T>} Queue
 */

/** Proves that everything which was sent to this context before has arrived. */
export function ping() {
  return 'pong'
}

/**
 * Calls a method of whatever handle it gets.
 * @param {object} handle
 * @param {string} method
 * @param {unknown[]} args
 */
export function call(handle, method, ...args) {
  return /** @type {Record<string, (...args: unknown[]) => unknown>} */ (handle)[method]?.(...args)
}

/**
 * @param {Pick<Queue<unknown>, 'put'>} queue
 * @param {readonly unknown[]} items
 */
export async function putAll(queue, items) {
  for (const item of items) await queue.put(item)
}

/**
 * Puts without waiting for one before the next.
 * @param {Pick<Queue<unknown>, 'put'>} queue
 * @param {readonly unknown[]} items
 */
export async function putAllAtOnce(queue, items) {
  await Promise.all(items.map((item) => queue.put(item)))
}

/**
 * @param {Pick<Queue<unknown>, 'get'>} queue
 * @param {number} count
 */
export async function getMany(queue, count) {
  const items = []
  while (items.length < count) items.push(await queue.get())
  return items
}

/**
 * Puts without waiting until the queue is full; returns how many went in.
 * @param {Queue<unknown>} queue
 */
export async function fill(queue) {
  for (let count = 0; ; count++) {
    try {
      await queue.putNowait(count)
    } catch (error) {
      if (/** @type {Error} */ (error).name !== 'FullError') throw error
      return count
    }
  }
}

/**
 * Puts one item and takes it back, so often that this context is delegated slots and items ahead of need.
 * @param {Queue<unknown>} queue
 * @param {number} times
 */
export async function warmUp(queue, times) {
  for (let i = 0; i < times; i++) {
    await queue.put(i)
    await queue.get()
  }
}

/**
 * Aborts a pending get once the hub knows of it; returns what the get was rejected with.
 * @param {Queue<unknown>} queue
 */
export function abortedGet(queue) {
  return aborted(queue, (signal) => queue.get({ signal }))
}

/**
 * Aborts a pending put once the hub knows of it; returns what the put was rejected with.
 * @param {Queue<unknown>} queue
 * @param {unknown} item
 */
export function abortedPut(queue, item) {
  return aborted(queue, (signal) => queue.put(item, { signal }))
}

/**
 * @param {Queue<unknown>} queue
 * @param {(signal: AbortSignal) => Promise<unknown>} operate
 */
async function aborted(queue, operate) {
  const controller = new AbortController()
  const reason = operate(controller.signal).then(
    () => 'not aborted',
    (error) => error,
  )
  await queue.qsize()
  controller.abort('had enough')
  return reason
}

/**
 * @param {Queue<unknown>} queue
 * @param {number} count
 */
export async function takeByLoop(queue, count) {
  const items = []
  for await (const item of queue) if (items.push(item) === count) break
  return items
}

/**
 * @param {Queue<unknown>} queue
 * @param {number} count
 */
export async function takeByRxjs(queue, count) {
  const { from, lastValueFrom, take, toArray } = await import('rxjs')
  return lastValueFrom(from(queue).pipe(take(count), toArray()))
}

/** @typedef {import('@millrace/core').Delivery<unknown>} Delivery */

/** What `receive` took and nobody has finished, by its queue. @type {WeakMap<object, Delivery[]>} */
const received = new WeakMap()

/**
 * Takes items without finishing them; returns each with the number of its deliveries.
 * @param {import('@millrace/core').JoinableQueue<unknown>} queue
 * @param {number} count
 */
export async function receive(queue, count) {
  const held = received.get(queue) ?? []
  received.set(queue, held)
  const seen = []
  while (seen.length < count) {
    const delivery = await queue.receive()
    held.push(delivery)
    seen.push([delivery.item, delivery.deliveries])
  }
  return seen
}

/**
 * Finishes the item that `receive` took as the so-manieth, from 0.
 * @param {import('@millrace/core').JoinableQueue<unknown>} queue
 * @param {number} index
 */
export function finish(queue, index) {
  received.get(queue)?.[index]?.done()
}

/**
 * Puts into one queue and then tells of it through another.
 * @param {Queue<number>} items
 * @param {Queue<number>} news
 * @param {Queue<unknown>} next
 * @param {number} rounds
 */
export async function putAndTell(items, news, next, rounds) {
  for (let i = 0; i < rounds; i++) {
    await items.put(i)
    await news.put(i)
    await next.get()
  }
}

/**
 * Once told of an item, gets it without waiting; returns how often it was not there.
 * @param {Queue<number>} items
 * @param {Queue<number>} news
 * @param {Queue<unknown>} next
 * @param {number} rounds
 */
export async function hearAndTake(items, news, next, rounds) {
  let missed = 0
  for (let i = 0; i < rounds; i++) {
    await news.get()
    await items.getNowait().catch(() => missed++)
    await next.put(null)
  }
  return missed
}

/**
 * A handle that this context makes by itself.
 * @param {import('@millrace/core').JoinableQueue<unknown>} queue
 */
export function deadLettersOf(queue) {
  return queue.deadLetters
}

/**
 * Gets a queue from a queue, and an item from that.
 * @param {Queue<Queue<unknown>>} carrier
 */
export async function takeFromWithin(carrier) {
  const inner = await carrier.get()
  return inner.getNowait()
}

/**
 * Passes items on.
 * @param {Pick<Queue<unknown>, 'get'>} from
 * @param {Pick<Queue<unknown>, 'put'>} to
 * @param {number} count
 */
export async function relay(from, to, count) {
  for (let i = 0; i < count; i++) await to.put(await from.get())
}

/**
 * Moves buffers of `size` bytes, each full of its number, and puts that number after each; returns how many bytes it
 * still had of them.
 * @param {Pick<Queue<unknown>, 'put'>} queue
 * @param {number} count
 * @param {number} size
 */
export async function putMoved(queue, count, size) {
  let left = 0
  for (let i = 0; i < count; i++) {
    const bytes = new Uint8Array(size).fill(i)
    await queue.put(bytes, { transfer: true })
    left += bytes.byteLength
    await queue.put(i)
  }
  return left
}
