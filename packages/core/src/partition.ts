import { described } from './described.ts'

/** Which of `count` partitions a key belongs to: always the same, and about as many keys to each. */
export function partitionOf(key: unknown, count: number): number {
  if (count === 1) return 0
  // FNV-1a
  let hash = 0x811c9dc5
  const text = typeof key === 'string' ? key : `${typeof key}:${String(key)}`
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  // The low bits of short texts are alike.
  hash ^= hash >>> 15
  return (hash >>> 0) % count
}

/** @throws TypeError if it is no key: two objects are never the same one, once they have travelled */
export function checkedKey<K>(operator: string, key: K): K {
  if (KEYS.has(typeof key)) return key
  throw new TypeError(
    `the key of ${operator}() has to give a string, a number, a bigint or a boolean, not ${described(key)}`,
  )
}

const KEYS: ReadonlySet<string> = new Set(['string', 'number', 'bigint', 'boolean'])
