// What the conformance suite of locks and semaphores runs in another context. It imports nothing.

/**
 * @typedef {import('@millrace/core').Lock | import('@millrace/core').RLock | import('@millrace/core').Semaphore} Permits
 * @typedef {import('@millrace/core').Guard} Guard
 */

/** What `holdPermit` acquired and nobody has released, the latest last. @type {WeakMap<object, Guard[]>} */
const held = new WeakMap()

/**
 * Holds a permit until `letGoOf`; returns who had died with it.
 * @param {Permits} permits
 */
export async function holdPermit(permits) {
  const guard = await permits.hold()
  const guards = held.get(permits) ?? []
  held.set(permits, guards)
  guards.push(guard)
  return guard.abandoned
}

/** @param {Permits} permits */
export async function letGoOf(permits) {
  await held.get(permits)?.pop()?.release()
}

/**
 * Acquires and releases, so often that several turns end.
 * @param {Permits} permits
 * @param {number} times
 */
export async function useOften(permits, times) {
  for (let i = 0; i < times; i++) {
    await permits.acquire()
    await permits.release()
  }
}

/**
 * Acquires, stays for a turn, releases, and does so again at once.
 * @param {Permits} permits
 * @param {number} times
 */
export async function useSlowly(permits, times) {
  for (let i = 0; i < times; i++) {
    await permits.acquire()
    await new Promise((resolve) => setTimeout(resolve, 1))
    await permits.release()
  }
}

/**
 * Raises the number that lies in a queue, by taking it out and putting it back, each time under the lock.
 * @param {Permits} permits
 * @param {import('@millrace/core').Queue<number>} cell
 * @param {number} times
 */
export async function raise(permits, cell, times) {
  for (let i = 0; i < times; i++)
    await permits.withPermit(async () => {
      // Whoever came in between would find it empty.
      const n = await cell.getNowait()
      await cell.put(n + 1)
    })
}

/**
 * Aborts a pending acquire once the hub knows of it; returns what the acquire was rejected with.
 * @param {Permits} permits
 */
export async function abortedAcquire(permits) {
  const controller = new AbortController()
  const reason = permits.acquire({ signal: controller.signal }).then(
    () => 'not aborted',
    (error) => error,
  )
  await permits.locked()
  controller.abort('had enough')
  return reason
}

/**
 * Releases a permit; returns the name of the error that this is refused with, if it is.
 * @param {Permits} permits
 */
export async function tryRelease(permits) {
  try {
    await permits.release()
    return undefined
  } catch (error) {
    return /** @type {Error} */ (error).name
  }
}

/**
 * What a subscriber sees of the state until there are so many.
 * @param {Permits} permits
 * @param {number} count
 */
export async function watchState(permits, count) {
  const { from, lastValueFrom, take, toArray } = await import('rxjs')
  return lastValueFrom(from(/** @type {AsyncIterable<unknown>} */ (permits)).pipe(take(count), toArray()))
}
