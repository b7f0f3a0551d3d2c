// What the conformance suite of managed objects runs in another context.

/**
 * @template {import('@millrace/core').SharedKey} K
 * @template V
 * @typedef {import('@millrace/core').SharedMap<K, V>} SharedMap
 */

/** @typedef {import('@millrace/core').SharedList<number>} Numbers */

/**
 * Adds 1 so many times, giving way each time between reading and writing.
 * @param {SharedMap<string, number>} map
 * @param {string} key
 * @param {number} times
 */
export async function raiseEntry(map, key, times) {
  for (let i = 0; i < times; i++)
    await map.update(key, async (value = 0) => {
      await null
      return value + 1
    })
}

/**
 * The same for an item of a list.
 * @param {Numbers} list
 * @param {number} times
 */
export async function raiseItem(list, times) {
  for (let i = 0; i < times; i++) await list.update(0, (value) => value + 1)
}

/**
 * Loses every race until it has reserved the key, says so, and then waits for ever.
 * @param {SharedMap<string, number>} map
 * @param {string} key
 * @param {import('@millrace/core').Queue<string>} said
 */
export async function holdOn(map, key, said) {
  let calls = 0
  await map.update(key, async (value = 0) => {
    if (++calls <= 3) {
      await map.set(key, value + 1)
      return value
    }
    await said.put('reserved')
    return new Promise(() => {})
  })
}

/**
 * Appends to the list that lies under a key.
 * @param {SharedMap<string, import('@millrace/core').SharedList<unknown>>} map
 * @param {string} key
 * @param {unknown} item
 */
export async function appendTo(map, key, item) {
  const list = await map.get(key)
  await list?.append(item)
}

/**
 * Makes a list here and leaves it under a key; nothing here holds it afterwards.
 * @param {SharedMap<string, unknown>} map
 * @param {string} key
 * @param {import('@millrace/core').SharedList<unknown>} like
 */
export async function leaveList(map, key, like) {
  const { SharedList } = await import('@millrace/core')
  await map.set(key, new SharedList([like, 'made elsewhere']))
}

/**
 * What goes on with a map, one after another, as it is told.
 * @param {SharedMap<string, number>} map
 * @param {import('@millrace/core').Queue<unknown>} told
 */
export async function watchMap(map, told) {
  const subscription = map.changes.subscribe({
    next: (news) => {
      void told.put(news)
      if (news.set.includes('enough')) subscription.unsubscribe()
    },
  })
}

/**
 * The name and message with which a call is refused.
 * @param {object} handle
 * @param {string} method
 * @param {unknown[]} args
 */
export async function refusalOf(handle, method, ...args) {
  try {
    await /** @type {Record<string, (...args: unknown[]) => unknown>} */ (handle)[method]?.(...args)
    return 'not refused'
  } catch (error) {
    return /** @type {Error} */ (error)
  }
}
