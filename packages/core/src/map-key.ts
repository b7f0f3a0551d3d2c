import { EncodeError } from './errors.ts'

/**
 * A key as it is kept: one that is equal to others by what it is.
 * @throws EncodeError at an object, a function, a symbol or a handle
 */
export function checkKey<K>(key: K): K {
  if (!isKey(key))
    throw new EncodeError(
      `${typeof key === 'object' ? 'an object' : `a ${typeof key}`} cannot be the key of a shared map: ` +
        'use a string, a number, a Date, or an array of such',
    )
  return normal(key) as K
}

/** Equal keys have equal bytes: what means the same is written in one way. */
function normal(key: unknown): unknown {
  // As in a Map: -0 is 0.
  if (key === 0) return 0
  if (key instanceof Uint8Array) return new Uint8Array(key)
  return Array.isArray(key) ? key.map(normal) : key
}

function isKey(key: unknown): boolean {
  switch (typeof key) {
    case 'function':
    case 'symbol':
      return false
    case 'object':
      if (key === null || key instanceof Date || key instanceof Uint8Array) return true
      return Array.isArray(key) && key.every(isKey)
    default:
      return true
  }
}

/** What `identityOf` of the hub's map was made of. */
export function identityBytes(identity: string): Uint8Array {
  return Uint8Array.from(identity, (character) => character.charCodeAt(0))
}
