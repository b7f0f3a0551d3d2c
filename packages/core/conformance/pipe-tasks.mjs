// What the conformance suite of pipes runs in another context. What it needs of Millrace it imports when it needs it.

/**
 * @template In
 * @template [Out=In]
 * @typedef {import('@millrace/core').Connection<In, Out>} Connection
 */

/** @typedef {import('@millrace/core').Queue<unknown>} Queue */

/** The connections that this context holds on to. @type {Map<number, Connection<unknown>>} */
const held = new Map()
let lastKey = 0

/** @param {number} key */
function heldAt(key) {
  const connection = held.get(key)
  if (connection === undefined) throw new Error(`no connection is held as ${key}`)
  return connection
}

/**
 * Holds on to a connection, so that it neither is closed nor becomes garbage; returns what it is known by here.
 * @param {Connection<unknown>} connection
 */
export function hold(connection) {
  held.set(++lastKey, connection)
  return lastKey
}

/**
 * Calls a method of a held connection.
 * @param {number} key
 * @param {string} method
 * @param {unknown[]} args
 */
export function use(key, method, ...args) {
  return /** @type {Record<string, (...args: unknown[]) => unknown>} */ (/** @type {unknown} */ (heldAt(key)))[
    method
  ]?.(...args)
}

/** @param {number} key */
export function isClosed(key) {
  return heldAt(key).closed
}

/**
 * Holds on to a copy as well.
 * @param {number} key
 */
export function holdCopy(key) {
  return hold(heldAt(key).copy())
}

/**
 * Hands a held connection over as the result.
 * @param {number} key
 */
export function giveBack(key) {
  return heldAt(key)
}

/**
 * Hands a held connection over through another one, or through a queue.
 * @param {number} key
 * @param {number | Queue} carrier
 */
export async function passOn(key, carrier) {
  if (typeof carrier === 'number') await heldAt(carrier).send(heldAt(key))
  else await carrier.put(heldAt(key))
}

/**
 * Takes a connection from another one, or from a queue, and holds on to it.
 * @param {number | Queue} carrier
 */
export async function holdFrom(carrier) {
  const connection = await (typeof carrier === 'number' ? heldAt(carrier).recv() : carrier.get())
  return hold(/** @type {Connection<unknown>} */ (connection))
}

/**
 * @param {number} key
 * @param {readonly unknown[]} messages
 */
export async function sendAll(key, messages) {
  for (const message of messages) await heldAt(key).send(message)
}

/**
 * @param {number} key
 * @param {number} count
 */
export async function receiveMany(key, count) {
  const messages = []
  while (messages.length < count) messages.push(await heldAt(key).recv())
  return messages
}

/**
 * Receives until that is refused; returns what came and the name of the error.
 * @param {number} key
 */
export async function receiveAll(key) {
  const messages = []
  for (;;) {
    try {
      messages.push(await heldAt(key).recv())
    } catch (error) {
      return { messages, end: /** @type {Error} */ (error).name }
    }
  }
}

/**
 * Sends without waiting until there is no room; returns how many messages went in.
 * @param {number} key
 */
export async function fillPipe(key) {
  for (let count = 0; ; count++) {
    try {
      await heldAt(key).send(count, { timeout: 0 })
    } catch (error) {
      if (/** @type {Error} */ (error).name !== 'FullError') throw error
      return count
    }
  }
}

/**
 * Sends back whatever comes, until the end of file.
 * @param {Connection<unknown>} connection
 */
export async function echo(connection) {
  for await (const message of connection) await connection.send(message)
  await connection.close()
}

/**
 * Sends bytes back, the other way round, until the end of file.
 * @param {Connection<unknown>} connection
 */
export async function echoBytes(connection) {
  try {
    for (;;) await connection.sendBytes((await connection.recvBytes()).reverse())
  } catch (error) {
    if (/** @type {Error} */ (error).name !== 'EndOfFileError') throw error
  } finally {
    await connection.close()
  }
}

/**
 * Aborts a method's call, once the hub knows of it; returns what that was rejected with. The connection must be able
 * to receive, and to send if the method does.
 * @param {number} key
 * @param {string} method
 * @param {unknown[]} args all but the options
 */
export async function abortedUse(key, method, ...args) {
  const controller = new AbortController()
  const reason = Promise.resolve(use(key, method, ...args, { signal: controller.signal })).then(
    () => 'not aborted',
    (error) => error,
  )
  // The answer comes behind whatever the hub had to say about the call.
  await heldAt(key).poll()
  controller.abort('had enough')
  return reason
}

/**
 * Receives by a loop, which is left after so many messages if that is said.
 * @param {number} key
 * @param {number} [count]
 */
export async function receiveByLoop(key, count) {
  const messages = []
  for await (const message of heldAt(key)) if (messages.push(message) === count) break
  return messages
}

/**
 * Receives by RxJS.
 * @param {number} key
 * @param {number} [count]
 */
export async function receiveByRxjs(key, count) {
  const { from, lastValueFrom, take, toArray } = await import('rxjs')
  return lastValueFrom(from(heldAt(key)).pipe(take(count ?? Number.POSITIVE_INFINITY), toArray()))
}

/**
 * Waits for held connections; returns the keys of those that are ready.
 * @param {readonly number[]} keys
 * @param {import('@millrace/core').WaitOptions} [options]
 */
export async function waitFor(keys, options) {
  const { wait } = await import('@millrace/core')
  const connections = keys.map(heldAt)
  const ready = await wait(connections, options)
  return ready.map((connection) => keys[connections.indexOf(connection)])
}

/**
 * Does one thing to a connection and then tells of it, many times over, waiting for an answer to each.
 * @param {number} key
 * @param {Queue} news
 * @param {Queue} next
 * @param {number} rounds
 */
export async function sendAndTell(key, news, next, rounds) {
  for (let i = 0; i < rounds; i++) {
    await heldAt(key).send(i)
    await news.put(i)
    await next.get()
  }
}

/**
 * Sends a value through one pipe, and once that is done the news of it through another.
 * @param {number} first
 * @param {number} second
 * @param {unknown} value
 */
export async function sendThenTell(first, second, value) {
  await heldAt(first).send(value)
  await heldAt(second).send('sent')
}

/**
 * Puts an item, and once that is done sends the news of it through a pipe.
 * @param {Pick<Queue<unknown>, 'put'>} queue
 * @param {number} key
 * @param {unknown} item
 */
export async function putThenSend(queue, key, item) {
  await queue.put(item)
  await heldAt(key).send('put')
}

/**
 * Once told of a message, receives it without waiting; returns how often it was not there.
 * @param {number} key
 * @param {Queue} news
 * @param {Queue} next
 * @param {number} rounds
 */
export async function hearAndReceive(key, news, next, rounds) {
  let missed = 0
  for (let i = 0; i < rounds; i++) {
    await news.get()
    await heldAt(key)
      .recv({ timeout: 0 })
      .catch(() => missed++)
    await next.put(null)
  }
  return missed
}

/**
 * Receives so many messages, does something else, and hands the connection over through a queue.
 * @param {number} key
 * @param {number} count
 * @param {Queue} carrier
 */
export async function receiveAndPassOn(key, count, carrier) {
  const messages = await receiveMany(key, count)
  await passOn(key, carrier)
  return messages
}

/**
 * Sends numbers one by one and hands the connection over through a queue.
 * @param {number} key
 * @param {number} from
 * @param {number} to
 * @param {Queue} carrier
 */
export async function sendAndPassOn(key, from, to, carrier) {
  for (let i = from; i < to; i++) await heldAt(key).send(i)
  await passOn(key, carrier)
}

/**
 * Sends numbers without a pause until that is refused; returns the name of the error.
 * @param {number} key
 */
export async function sendNumbers(key) {
  try {
    for (let i = 0; ; i++) {
      await heldAt(key).send(i)
      if (i % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  } catch (error) {
    return /** @type {Error} */ (error).name
  }
}

/**
 * Puts an item, tells of it through the connection; the other way round for the one that hears of it.
 * @param {number} key
 * @param {Queue} queue
 * @param {number} rounds
 */
export async function putThenTell(key, queue, rounds) {
  for (let i = 0; i < rounds; i++) {
    await queue.put(i)
    await heldAt(key).send('put')
    await heldAt(key).recv()
  }
}

/**
 * Once told of an item, takes it without waiting; returns how often it was not there.
 * @param {number} key
 * @param {Queue} queue
 * @param {number} rounds
 */
export async function hearThenTake(key, queue, rounds) {
  let missed = 0
  for (let i = 0; i < rounds; i++) {
    await heldAt(key).recv()
    await queue.getNowait().catch(() => missed++)
    await heldAt(key).send('taken')
  }
  return missed
}
