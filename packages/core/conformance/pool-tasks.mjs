import { currentTask, registerClass, SystemExit } from '@millrace/core'

// What the conformance suite of the pool runs in workers. It imports nothing but the core, so that any platform can load it.

/**
 * @template T
 * @typedef {import('@millrace/core').Queue<T>} Queue
 * @typedef {import('@millrace/core').SharedEvent} SharedEvent
 */

/** @template T @param {T} value */
export const same = (value) => value

/** @param {number} n */
export const square = (n) => n * n

/** @param {number} base @param {number} [exponent] */
export const power = (base, exponent = 2) => base ** exponent

/** How many arguments it was called with. @param {unknown[]} args */
export const count = (...args) => args.length

export const nothing = () => {}

/** @param {number} n */
export const later = async (n) => n + 1

/** Something that can be awaited and is no Promise. @param {number} n */
export const thenable = (n) => ({
  /** @param {(value: number) => void} resolve */
  // biome-ignore lint/suspicious/noThenProperty: that is what it is about
  then: (resolve) => resolve(n + 1),
})

/** @param {string} text */
export const lengthOf = (text) => text.length

/** @param {number} length */
export const textOf = (length) => 'x'.repeat(length)

/** Odd numbers fail. @param {number} n */
export function evenOnly(n) {
  if (n % 2 === 1) throw new RangeError(`${n} is odd`)
  return n
}

export function fail() {
  throw new RangeError('that went wrong', { cause: new Error('the cause') })
}

/** @param {unknown} value */
export function throwIt(value) {
  throw value
}

export function throwUnsendable() {
  throw { call: () => {} }
}

class Unknown extends Error {
  name = 'Unknown'
  code = 42
}

export function failStrangely() {
  throw new Unknown('nobody knows that class')
}

export function exitLikePython() {
  throw new SystemExit(3)
}

export function failWithBaggage() {
  throw Object.assign(new Error('heavy'), { kept: 1, lost: () => {} })
}

export const returnFunction = () => ({ deep: [() => 1] })

/** @param {number} n */
export const functionAtThree = (n) => (n === 3 ? () => 3 : n)

// Known where this module is loaded, which is in the workers alone.
class Stranger {
  /** @param {number} value */
  constructor(value) {
    this.value = value
  }
}
registerClass(Stranger)

/** A result that the caller cannot decode. @param {number} value @param {boolean} [twice] */
export const stranger = (value, twice = false) => {
  const one = new Stranger(value)
  return twice ? [one, one] : one
}

/** @param {number} n */
export const strangerAtThree = (n) => (n === 3 ? new Stranger(n) : n)

// The caller registers a class of the same name.
class Guest {
  /** @param {number} value */
  constructor(value) {
    this.value = value
  }
}
registerClass(Guest, { name: 'Guest' })

/** @param {unknown} guest */
export const greet = (guest) => (guest instanceof Guest ? guest.value : 'a stranger')

/** @param {Array<unknown>} guests */
export const greetTwice = ([one, two]) => [greet(one), one === two]

/** @param {number} from */
export function* countdown(from) {
  for (let n = from; n > 0; n--) yield n
}

/** @param {number} from */
export async function* slowCountdown(from) {
  for (let n = from; n > 0; n--) yield await n
}

/** Counts so far, after so many milliseconds. @param {readonly [count: number, ms: number]} input */
export async function* countingAfter([count, ms]) {
  await new Promise((resolve) => setTimeout(resolve, ms))
  for (let n = 0; n < count; n++) yield n
}

/** Fails after so many. @param {number} count */
export function* failingAfter(count) {
  for (let n = 0; n < count; n++) yield n
  throw new RangeError('no more')
}

/** Tells a queue how far it has come, and when it is left. @param {Queue<number | string>} news */
export async function* endless(news) {
  try {
    for (let n = 0; ; n++) {
      await news.put(n)
      yield n
    }
  } finally {
    await news.put('left')
  }
}

/** An Observable, as seen by any library. @param {number} count */
export const observable = (count) => ({
  [Symbol.observable ?? '@@observable']() {
    return this
  },
  /** @param {{ next?(value: number): void, complete?(): void }} observer */
  subscribe(observer) {
    for (let n = 1; n <= count; n++) observer.next?.(n)
    observer.complete?.()
    return { unsubscribe() {} }
  },
})

/** @param {number} count */
export async function* blobs(count) {
  for (let n = 0; n < count; n++) yield new Blob([`blob ${n}`])
}

/** Tells a queue, and waits for an event. @param {SharedEvent} gate @param {Queue<unknown>} [news] @param {unknown} [value] */
export async function waitFor(gate, news, value) {
  await news?.put(value)
  await gate.wait()
  return value
}

/** The same, in one argument. @template T @param {{ gate: SharedEvent, value: T }} input */
export async function waitThere({ gate, value }) {
  await gate.wait()
  return value
}

/** @template T @param {Queue<T>} queue @param {T} value */
export async function tell(queue, value) {
  await queue.put(value)
  return value
}

/** The same, in one argument. @template T @param {{ queue: Queue<T>, value: T }} input */
export const tellThere = ({ queue, value }) => tell(queue, value)

/** Stops when it is told to, and says so. @param {Queue<string>} news */
export async function listen(news) {
  const { signal } = currentTask()
  await news.put('listening')
  await new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }))
  await news.put(`stopped: ${signal.reason instanceof Error ? signal.reason.message : String(signal.reason)}`)
  throw signal.reason
}

/** The same, in one argument. @param {{ news: Queue<string> }} input */
export const listenThere = ({ news }) => listen(news)

/** Does not listen, and does not block either. @param {Queue<string>} [news] */
export async function ignore(news) {
  await news?.put('begun')
  await new Promise(() => {})
}

/** Never comes to an end, nor lets anything else come to its turn. @param {Queue<string>} [news] */
export async function spin(news) {
  await news?.put('begun')
  // So that the news leaves.
  await new Promise((resolve) => setTimeout(resolve, 20))
  for (;;);
}

/** Blocks. @param {number} ms */
export function block(ms) {
  for (const end = Date.now() + ms; Date.now() < end; );
  return ms
}

/** @param {number} ms */
export async function pause(ms) {
  await new Promise((resolve) => setTimeout(resolve, ms))
  return ms
}

export const attempt = () => currentTask().attempt

/** Fails so many times. @param {number} failures */
export function flaky(failures) {
  const { attempt } = currentTask()
  if (attempt <= failures) throw new RangeError(`attempt ${attempt}`)
  return attempt
}

/** Dies so many times. @param {number} deaths */
export async function mortal(deaths) {
  const { attempt } = currentTask()
  if (attempt <= deaths) await die()
  return attempt
}

/** As `flaky`, in a stream, and failing as a whole. @param {number} failures */
export async function mortalOrFlaky(failures) {
  return flaky(failures)
}

/** Counts itself, and fails. @param {Queue<number>} queue */
export async function failAndTell(queue) {
  await queue.put(currentTask().attempt)
  throw new RangeError('never')
}

/** Ends its worker, as violently as a task can on any platform. */
export async function die() {
  if (typeof process === 'object') process.exit(3)
  close()
  await new Promise(() => {})
}

/** Is short, and ends its worker at one input: at once, and without a word, where it can. @param {number} n @param {number} [victim] */
export function mayKill(n, victim) {
  if (n !== victim) return n
  if (typeof process === 'object' && process.getBuiltinModule('node:worker_threads').isMainThread)
    process.kill(process.pid, 'SIGKILL')
  return die().then(() => n)
}

/** Dies of one input. @param {number} n */
export async function dieAtThree(n) {
  if (n === 3) await die()
  return n
}

/** @param {SharedEvent} gate @param {Queue<string>} [news] */
export async function dieLater(gate, news) {
  await news?.put('begun')
  await gate.wait()
  await die()
}

const self = Math.random()
/** Tells workers apart. */
export const whoAmI = () => self

/** As `whoAmI`, once all are there. @param {import('@millrace/core').Barrier} barrier */
export async function meet(barrier) {
  await barrier.wait()
  return self
}

/** @param {{ barrier: import('@millrace/core').Barrier }} input */
export const meetThere = ({ barrier }) => meet(barrier)

/** @type {unknown} */
let prepared

/** An initializer. @param {unknown} value */
export function prepare(value) {
  prepared = value
}

/** @param {Queue<number>} queue */
export async function prepareAndTell(queue) {
  await queue.put(self)
}

export const howPrepared = () => prepared

/** @param {Queue<string>} queue */
export async function failToPrepare(queue) {
  await queue.put('tried')
  throw new RangeError('cannot prepare')
}

/** @param {Queue<string>} queue */
export async function dieInPreparation(queue) {
  await queue.put('tried')
  await die()
}

let served = 0
/** How many tasks this worker has done. */
export const serve = () => ++served
/** @param {unknown} _input */
export const serveOne = (_input) => ++served

/** @param {number} priority @param {Queue<number>} order */
export async function inOrder(priority, order) {
  await order.put(priority)
}

/** Reads what it is given at its own pace. @param {import('@millrace/core').Connection} connection */
export async function receive(connection) {
  const message = await connection.recv()
  await connection.close()
  return message
}

/** @param {{ connection: import('@millrace/core').Connection, list: number[] }} input */
export async function receiveBeside({ connection, list }) {
  return [await receive(connection), list]
}

/** @param {Uint8Array} bytes */
export const lengthOfBytes = (bytes) => bytes.length

/** Fails where no task can be told of it. */
export async function failOutside() {
  setTimeout(() => {
    throw new Error('outside of every task')
  }, 1)
  await new Promise(() => {})
}

export const nameOfTask = () => currentTask().name

/** @param {string} word */
export const shout = (word) => word.toUpperCase()

/** @param {{ greeting: string }} options @param {string} name */
export const greetBy = ({ greeting }, name) => `${greeting}, ${name}`

/** @template T @param {number} failures @param {T} value */
export function flakyWith(failures, value) {
  flaky(failures)
  return value
}
