// What the conformance suites of events, conditions and barriers run in another context. It imports nothing, so that any
// platform can load it.

/** @typedef {import('@millrace/core').SharedEvent} SharedEvent */
/** @typedef {import('@millrace/core').Condition} Condition */
/** @typedef {import('@millrace/core').Barrier} Barrier */
/** @typedef {import('@millrace/core').Queue<unknown>} Queue */

/**
 * What a handle says of itself.
 * @param {object} handle
 */
export function described(handle) {
  return String(handle)
}

/**
 * A new event that this context makes.
 * @param {SharedEvent} like
 */
export function newEvent(like) {
  return new /** @type {new () => SharedEvent} */ (like.constructor)()
}

/**
 * Puts, and tells that by an event.
 * @param {Queue} items
 * @param {SharedEvent} event
 * @param {SharedEvent} next
 * @param {number} rounds
 */
export async function putAndSet(items, event, next, rounds) {
  for (let i = 0; i < rounds; i++) {
    await items.put(i)
    await event.set()
    await next.wait()
    await next.clear()
  }
}

/**
 * Once the event is set, gets without waiting; returns how often nothing was there.
 * @param {Queue} items
 * @param {SharedEvent} event
 * @param {SharedEvent} next
 * @param {number} rounds
 */
export async function waitAndTake(items, event, next, rounds) {
  let missed = 0
  for (let i = 0; i < rounds; i++) {
    await event.wait()
    await items.getNowait().catch(() => missed++)
    await event.clear()
    await next.set()
  }
  return missed
}

/**
 * Waits until it is aborted, which it is once the hub knows of it; returns what the wait was rejected with.
 * @param {SharedEvent} event
 */
export async function abortedWait(event) {
  const controller = new AbortController()
  const reason = event.wait({ signal: controller.signal }).then(
    () => 'not aborted',
    (error) => error,
  )
  await event.isSet()
  controller.abort('had enough')
  return reason
}

/**
 * Waits for a condition, once; tells when it holds the lock before, and what came of it after. Returns whether it held
 * the lock again.
 * @param {Condition} condition
 * @param {Queue} asleep
 * @param {Queue} woken
 * @param {import('@millrace/core').WaitOptions} [options]
 */
export async function sleepOn(condition, asleep, woken, options) {
  await condition.acquire()
  try {
    await asleep.put(null)
    await woken.put(await condition.wait(options))
    return condition.lock.isHeld
  } finally {
    await condition.release()
  }
}

/**
 * As `sleepOn`, aborted by somebody else.
 * @param {Condition} condition
 * @param {Queue} asleep
 * @param {SharedEvent} enough
 */
export async function sleepUntil(condition, asleep, enough) {
  const controller = new AbortController()
  enough.wait().then(() => controller.abort('had enough'))
  await condition.acquire()
  try {
    await asleep.put(null)
    return await condition.wait({ signal: controller.signal }).catch((reason) => [reason, condition.lock.isHeld])
  } finally {
    await condition.release()
  }
}

/**
 * Notifies, holding the lock.
 * @param {Condition} condition
 * @param {number} [n] unless given: all
 */
export async function notify(condition, n) {
  await condition.withLock(() => (n === undefined ? condition.notifyAll() : condition.notify(n)))
}

/**
 * Waits until so many items are in a queue, and returns what the predicate said last, how long that took, and how often it
 * was asked.
 * @param {Condition} condition
 * @param {Queue} state
 * @param {number} count
 * @param {number} [timeout]
 */
export async function waitForCount(condition, state, count, timeout) {
  let asked = 0
  const began = performance.now()
  const reached = await condition.withLock(() =>
    condition.waitFor(
      async () => {
        asked++
        return (await state.qsize()) >= count
      },
      { timeout },
    ),
  )
  return { reached, ms: performance.now() - began, asked }
}

/**
 * Changes the state under the lock, and notifies.
 * @param {Condition} condition
 * @param {Queue} state
 */
export async function change(condition, state) {
  await condition.withLock(async () => {
    await state.put(null)
    await condition.notify()
  })
}

/**
 * Passes a barrier; returns its index, or the name of the error.
 * @param {Barrier} barrier
 * @param {import('@millrace/core').WaitOptions} [options]
 */
export function pass(barrier, options) {
  return barrier.wait(options).catch((error) => error.name)
}

/**
 * Passes a barrier and tells how many items are in the log then.
 * @param {Barrier} barrier
 * @param {Queue} log
 */
export async function passAndCount(barrier, log) {
  await barrier.wait()
  return log.qsize()
}

/**
 * Passes it, with an action of this context's own that writes its name to the log.
 * @param {Barrier} barrier
 * @param {Queue} log
 * @param {string} name
 */
export async function passActing(barrier, log, name) {
  barrier.action = () => log.put(name)
  return barrier.wait()
}

/**
 * What somebody who subscribes is told, up to so many.
 * @param {object} handle
 * @param {number} count
 * @param {Queue} told
 */
export async function tellStates(handle, count, told) {
  const { from, lastValueFrom, take, tap, toArray } = await import('rxjs')
  return lastValueFrom(
    from(/** @type {import('rxjs').ObservableInput<unknown>} */ (handle)).pipe(
      tap((state) => void told.put(state)),
      take(count),
      toArray(),
    ),
  )
}
