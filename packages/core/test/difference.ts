/**
 * Where two values differ, as a path; undefined if nobody could tell them apart: classes, order, sharing and cycles
 * count as well as contents.
 */
export function difference(a: unknown, b: unknown): string | undefined {
  return compare(a, b, '', new Map())
}

type Twins = Map<unknown, unknown>

function compare(a: unknown, b: unknown, path: string, twins: Twins): string | undefined {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null)
    return Object.is(a, b) ? undefined : `${path || 'it'}: ${String(a)} is not ${String(b)}`
  if (twins.has(a)) return twins.get(a) === b ? undefined : `${path}: shared on one side only`
  twins.set(a, b)
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b))
    return `${path}: ${a.constructor?.name} is not ${b.constructor?.name}`
  return compareContents(a, b, path, twins) ?? compareProperties(a, b, path, twins)
}

function compareProperties(a: object, b: object, path: string, twins: Twins): string | undefined {
  if (ArrayBuffer.isView(a)) return undefined
  const keys = Object.keys(a)
  if (keys.join() !== Object.keys(b).join()) return `${path}: ${keys} are not ${Object.keys(b)}`
  for (const key of keys) {
    const found = compare(Reflect.get(a, key), Reflect.get(b, key), `${path}.${key}`, twins)
    if (found !== undefined) return found
  }
  return undefined
}

function compareContents(a: object, b: object, path: string, twins: Twins): string | undefined {
  if (a instanceof Date) return compare(a.getTime(), (b as Date).getTime(), `${path}<time>`, twins)
  if (a instanceof RegExp) return compare(String(a), String(b), `${path}<source>`, twins)
  if (a instanceof Error) return compareErrors(a, b as Error, path, twins)
  if (a instanceof Map) return compareAll([...a].flat(), [...(b as typeof a)].flat(), `${path}<entry>`, twins)
  if (a instanceof Set) return compareAll([...a], [...(b as typeof a)], `${path}<member>`, twins)
  if (ArrayBuffer.isView(a)) return compareBytes(a, b as ArrayBufferView, path)
  if (a instanceof ArrayBuffer) return compareBytes(new Uint8Array(a), new Uint8Array(b as ArrayBuffer), path)
  return Array.isArray(a) ? compare(a.length, (b as unknown[]).length, `${path}.length`, twins) : undefined
}

function compareErrors(a: Error, b: Error, path: string, twins: Twins): string | undefined {
  const parts = ['name', 'message', 'stack', 'cause', 'errors'] as const
  const of = (error: Error) => parts.map((part) => (error as Error & { errors?: unknown })[part])
  return compareAll(of(a), of(b), `${path}<part>`, twins)
}

function compareBytes(a: ArrayBufferView, b: ArrayBufferView, path: string): string | undefined {
  const same = Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  )
  return same ? undefined : `${path}: other bytes`
}

function compareAll(a: readonly unknown[], b: readonly unknown[], path: string, twins: Twins): string | undefined {
  if (a.length !== b.length) return `${path}: ${a.length} parts, not ${b.length}`
  for (const [i, each] of a.entries()) {
    const found = compare(each, b[i], `${path}[${i}]`, twins)
    if (found !== undefined) return found
  }
  return undefined
}
