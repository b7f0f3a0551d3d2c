// What the conformance suite of shared memory runs in another context. It imports nothing, so that any platform can
// load it.

/**
 * @typedef {import('@millrace/core').SharedValue<any>} SharedValue
 * @typedef {import('@millrace/core').SharedArray<any>} SharedArray
 * @typedef {import('@millrace/core').SharedStruct<any>} SharedStruct
 * @typedef {import('@millrace/core').SharedMemory} SharedMemory
 * @typedef {import('@millrace/core').ShareableList<any>} ShareableList
 */

/**
 * Reads at once, where the memory is shared.
 * @param {SharedValue | SharedStruct} value
 */
export async function readAtOnce(value) {
  return (await value.ready()).value
}

/**
 * @param {readonly SharedValue[]} values
 * @param {readonly unknown[]} news
 */
export async function assignAll(values, news) {
  for (const [index, value] of values.entries()) await value.set(news[index])
}

/**
 * @param {SharedValue} value
 * @param {number} times
 */
export async function addTimes(value, times) {
  for (let i = 0; i < times; i++) await value.add(1)
}

/**
 * @param {SharedValue} value
 * @param {number} times
 */
export async function updateTimes(value, times) {
  for (let i = 0; i < times; i++) await value.update((old) => old + 1)
}

/**
 * As a program does that reads, waits and writes.
 * @param {SharedValue} value
 * @param {number} times
 */
export async function addUnderLock(value, times) {
  const lock = value.getLock()
  for (let i = 0; i < times; i++)
    await lock.withLock(async () => {
      const old = await value.get()
      await value.set(old + 1)
    })
}

/** @param {SharedArray} array */
export async function prefixSums(array) {
  for (let i = 1; i < array.length; i++) await array.set(i, (await array.get(i)) + (await array.get(i - 1)))
}

/**
 * As the child of Python's tests does.
 * @param {readonly SharedValue[]} values
 * @param {SharedStruct} struct
 * @param {SharedArray} array
 * @param {SharedArray} text
 */
export async function doubleAll(values, struct, array, text) {
  for (const value of values) await value.add(await value.get())
  const { x, y } = await struct.get()
  await struct.set({ x: x * 2, y: y * 2 })
  for (let i = 0; i < array.length; i++) await array.set(i, (await array.get(i)) * 2)
  await text.setValue(/** @type {never} */ (/** @type {string} */ (await text.getValue()).repeat(2)))
}

/**
 * @param {SharedStruct} struct
 * @param {string} field
 * @param {number} summand
 */
export async function addToField(struct, field, summand) {
  return struct.fields[field]?.add(summand)
}

/**
 * @param {SharedStruct} struct
 * @param {number} times
 */
export async function raiseFields(struct, times) {
  for (let i = 0; i < times; i++) await struct.update(({ x, y, z }) => ({ x: x + 1, y: y + 1, z: z + 1n }))
}

/**
 * Takes the lock and keeps it.
 * @param {SharedValue} value
 */
export async function keepLock(value) {
  return value.getLock().acquire()
}

/**
 * Asks for the lock, and gives up.
 * @param {SharedValue | SharedStruct} value
 * @param {number} timeout
 */
export async function tryLock(value, timeout) {
  return value.getLock().acquire({ timeout })
}

/** @param {SharedValue} value */
export async function giveLock(value) {
  value.getLock().release()
}

/**
 * Takes the lock, keeps it, and tells who died with it.
 * @param {SharedValue} value
 */
export async function keepAndTell(value) {
  await value.getLock().acquire()
  return value.getLock().abandoned
}

/** @param {SharedValue} value */
export async function repair(value) {
  return value.getLock().withLock(({ abandoned }) => abandoned)
}

/**
 * @param {SharedMemory} memory
 * @param {Uint8Array} bytes
 */
export async function writeBytes(memory, bytes) {
  await (await memory.ready()).write(bytes)
}

/**
 * Opens another block by its name.
 * @param {SharedMemory} memory
 * @param {string} name
 * @param {Uint8Array} bytes
 */
export async function writeByName(memory, name, bytes) {
  const kind = /** @type {typeof import('@millrace/core').SharedMemory} */ (memory.constructor)
  const other = await kind.open({ name })
  await other.write(bytes)
  other.close()
}

/** @type {SharedMemory[]} */
const open = []

/** @param {SharedMemory} memory */
export async function keepOpen(memory) {
  open.push(await memory.ready())
}

export async function letGo() {
  for (const memory of open.splice(0)) {
    memory.close()
    // Behind the news that it is closed.
    await memory.read().catch(() => {})
  }
}

/**
 * @param {import('@millrace/core').Queue<SharedMemory>} queue
 * @param {Uint8Array} bytes
 */
export async function takeAndWrite(queue, bytes) {
  await writeBytes(await queue.get(), bytes)
}

/**
 * @param {ShareableList} list
 * @param {number} index
 */
export async function readItemAtOnce(list, index) {
  return (await list.ready()).at(index)
}

/** @param {import('@millrace/core').Queue<ShareableList>} queue */
export async function takeList(queue) {
  return (await queue.get()).getAll()
}

/**
 * What has a name, of the same class as a list.
 * @param {ShareableList} list
 * @param {string} name
 */
const openAs = (list, name) =>
  /** @type {typeof import('@millrace/core').ShareableList} */ (list.constructor).open({ name })

/**
 * @param {ShareableList} list
 * @param {string} name
 * @param {number} index
 * @param {number} value
 */
export async function setByName(list, name, index, value) {
  await (await openAs(list, name)).set(index, value)
}

/**
 * @param {ShareableList} list
 * @param {string} name
 */
export async function getByName(list, name) {
  return (await openAs(list, name)).getAll()
}

/** @param {unknown} value */
export function itself(value) {
  return value
}
