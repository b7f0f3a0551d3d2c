import { type Binary, BUFFER, binaryKind, bytesOf, isBinary, isDetached } from './binary.ts'
import { type BlobLike, contentOf, isBlob, UnreadBlobs } from './blob.ts'
import { classNameOf, described } from './described.ts'
import { EncodeError } from './errors.ts'
import { HANDLE, type HandleState, MOVABLE, type Movable, STAYS, stateOf } from './handle.ts'
import { classOf, errorClassName } from './registry.ts'
import { Tag, Tagged } from './revive.ts'

/**
 * The way out: turns a value into one that msgpackr can write.
 *
 * Most values need nothing: `isPlain` looks once and allocates nothing. All else is copied, with every special object
 * replaced by a `Tagged`. A value in which an object occurs twice (shared or cyclic) becomes a table of its objects,
 * so that identity survives; so does one that is deep.
 */

/** Deeper nesting is refused on the way out and on the way in. */
export const MAX_DEPTH = 500

/** What is nested deeper travels as a table, which is flat: msgpackr, before it is compiled, takes much stack per level. */
const DEEP = 64

/** msgpackr takes it off a string that begins with it. */
const BYTE_ORDER_MARK = 0xfeff

/** Objects seen by the current look; a short list is quicker than a set, which takes those that follow. */
const seen: object[] = []
let seenCount = 0
const SEEN_LIMIT = 24
let seenMore: Set<object> | undefined

/** Whether msgpackr writes the value as it is: plain objects and arrays, nothing deep, nothing twice, nothing special. */
export function isPlain(value: unknown): boolean {
  // A getter of the value came back here.
  if (seenCount > 0) return false
  try {
    return look(value, 0)
  } finally {
    // Keeps the slots but not the objects alive.
    for (let i = 0; i < seenCount; i++) seen[i] = seen
    seenCount = 0
    seenMore = undefined
  }
}

function look(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.charCodeAt(0) !== BYTE_ORDER_MARK
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return true
    case 'number':
      return value !== 0 || !Object.is(value, -0)
    case 'object':
      return value === null || lookInto(value, depth)
    default:
      return false
  }
}

function lookInto(value: object, depth: number): boolean {
  if (depth > DEEP || wasSeen(value)) return false
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return lookAtProperties(value as Record<string, unknown>, depth + 1)
  if (prototype !== Array.prototype) return false
  const array = value as unknown[]
  for (let i = 0; i < array.length; i++) if (!look(array[i], depth + 1)) return false
  return true
}

/** Whether the look has come by that object before; it has now. */
function wasSeen(value: object): boolean {
  for (let i = 0; i < seenCount; i++) if (seen[i] === value) return true
  if (seenCount < SEEN_LIMIT) {
    seen[seenCount++] = value
    return false
  }
  seenMore ??= new Set()
  // One that is in it does not make it larger.
  return seenMore.size === seenMore.add(value).size
}

function lookAtProperties(value: Record<string, unknown>, depth: number): boolean {
  for (const key in value) if (!look(value[key], depth)) return false
  // An own `constructor` or `__proto__` would send msgpackr astray; a `toJSON` is not ours to call.
  return value.constructor === Object && !Object.hasOwn(value, '__proto__')
}

/** The handles inside a value. */
export interface Found {
  refs: readonly string[]
  moved: readonly Movable[]
  /** Given to collect them in: the buffers of the binaries inside, which are to be moved and not copied. */
  readonly buffers?: ArrayBuffer[]
}

/** Replaces everything special; throws at what cannot travel, naming the path to it. */
export function lower(value: unknown, found: Found): unknown {
  let lowering = new Lowering(false, found.buffers)
  let lowered = lowering.value(value, 0)
  if (lowering.shared || lowering.deep) {
    lowering = new Lowering(true, found.buffers)
    lowering.value(value, 0)
    lowered = new Tagged(Tag.GRAPH, lowering.table)
  }
  if (lowering.unread.length > 0) throw new UnreadBlobs(lowering.unread)
  found.refs = lowering.refs
  found.moved = lowering.moved
  return lowered
}

class Lowering {
  readonly refs: string[] = []
  readonly moved: Movable[] = []
  readonly unread: BlobLike[] = []
  /** With `asGraph`: every container as `[tag, body]`, with `Tagged(REF, place)` for each container inside. */
  readonly table: unknown[] = []
  /** Whether a container was met twice. */
  shared = false
  /** Whether one was met far down. */
  deep = false
  readonly #asGraph: boolean
  readonly #buffers: ArrayBuffer[] | undefined
  /** Every container met so far and its place in `table`. */
  readonly #places = new Map<object, number>()
  readonly #path: Array<string | number> = []

  constructor(asGraph: boolean, buffers: ArrayBuffer[] | undefined) {
    this.#asGraph = asGraph
    this.#buffers = buffers
  }

  value(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'number':
        return Object.is(value, -0) ? new Tagged(Tag.NEGATIVE_ZERO, 0) : value
      case 'string':
        return value.charCodeAt(0) === BYTE_ORDER_MARK ? new Tagged(Tag.MARKED, `.${value}`) : value
      case 'function':
        return this.#refuse('a function', 'send what it needs and call it there')
      case 'symbol':
        return this.#refuse('a symbol', 'send its name')
      case 'object':
        return value === null ? null : this.#object(value, depth)
      default:
        return value
    }
  }

  #object(value: object, depth: number): unknown {
    if (depth > MAX_DEPTH) return this.#refuse(`anything nested deeper than ${MAX_DEPTH} levels`, 'make it flatter')
    const leaf = this.#leaf(value)
    if (leaf !== undefined) return leaf
    const known = this.#places.get(value)
    if (known !== undefined) {
      this.shared = true
      return new Tagged(Tag.REF, known)
    }
    this.deep ||= depth > DEEP
    const place = this.#places.size
    this.#places.set(value, place)
    const [tag, body] = this.#container(value, depth + 1)
    if (!this.#asGraph) return tag === Tag.ARRAY ? body : new Tagged(tag, body)
    this.table[place] = [tag, body]
    return new Tagged(Tag.REF, place)
  }

  /** What holds no further value; undefined for containers. */
  #leaf(value: object): Tagged | undefined {
    if (HANDLE in value) {
      const state = stateOf(value as { readonly [HANDLE]: HandleState })
      this.refs.push(state.id)
      if (MOVABLE in value) this.#move(value as object as { [MOVABLE]: Movable })
      return new Tagged(Tag.HANDLE, [state.kind, state.id, state.options])
    }
    if (value instanceof Date) return new Tagged(Tag.DATE, value.getTime())
    if (value instanceof RegExp) return new Tagged(Tag.REGEXP, [value.source, value.flags])
    if (isBinary(value)) return this.#binary(value)
    if (isBlob(value)) return this.#blob(value)
    return undefined
  }

  #binary(value: Binary): Tagged {
    if (isDetached(value)) this.#refuse('a binary whose buffer was transferred', 'nothing is left of it here')
    const kind = binaryKind(value)
    const { buffer, byteOffset, byteLength } = bytesOf(value)
    // Memory that is shared stays where it is, also what Node shares among small Buffers.
    const pooled = kind === BUFFER && byteLength < buffer.byteLength
    if (this.#buffers === undefined || pooled || !(buffer instanceof ArrayBuffer))
      return new Tagged(Tag.BINARY, [kind, bytesOf(value)])
    let index = this.#buffers.indexOf(buffer)
    if (index < 0) index = this.#buffers.push(buffer) - 1
    return new Tagged(Tag.ATTACHED, [kind, index, byteOffset, byteLength])
  }

  #blob(blob: BlobLike): Tagged {
    const content = contentOf(blob)
    if (content === undefined) this.unread.push(blob)
    const { type, name = null, lastModified = 0 } = blob
    return new Tagged(Tag.BLOB, [type, content === undefined ? null : new Uint8Array(content), name, lastModified])
  }

  #move(handle: { readonly [MOVABLE]: Movable }): void {
    const movable = handle[MOVABLE]
    const { refusal } = movable
    if (refusal !== undefined) this.#refuse(refusal, 'send a copy() of it while it is open')
    if (!this.moved.includes(movable)) this.moved.push(movable)
  }

  #container(value: object, depth: number): [tag: string, body: unknown] {
    if (Array.isArray(value)) return [Tag.ARRAY, this.#each(value, depth)]
    if (value instanceof Map) return [Tag.MAP, this.#each([...value].flat(), depth)]
    if (value instanceof Set) return [Tag.SET, this.#each([...value], depth)]
    if (value instanceof Error) return [Tag.ERROR, this.#error(value, depth)]
    const codec = classOf(value)
    if (codec !== undefined) return [Tag.CLASS, [codec.name, this.value(codec.encode(value), depth)]]
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return [Tag.OBJECT, this.#properties(value, depth)]
    if (value instanceof Promise) return this.#refuse('a Promise', 'await it first')
    const what = described(value)
    if (STAYS in value) return this.#refuse(`${what}, which belongs to its process`, String(value[STAYS]))
    if (isOfNoClass(value)) return this.#refuse(what, 'it is of no class that could be registered: send plain data')
    if (isBuiltIn(value.constructor)) return this.#refuse(what, 'it belongs to its process: send what is in it')
    const name = classNameOf(value)
    return this.#refuse(`an instance of ${name}`, `call registerClass(${name}) on both sides, or send plain data`)
  }

  #each(values: readonly unknown[], depth: number): unknown[] {
    return Array.from(values, (value, i) => this.#at(i, value, depth))
  }

  /** Own enumerable properties as `[key, value, key, value, ...]`: no key can then mean anything to a decoder. */
  #properties(value: object, depth: number): unknown[] {
    return Object.entries(value).flatMap(([key, inner]) => {
      if (key === '__proto__') this.#refuse('a property named __proto__', 'rename it')
      return [key, this.#at(key, inner, depth)]
    })
  }

  #error(error: Error, depth: number): unknown[] {
    const own = Object.entries(error).filter(([key]) => key !== 'cause' && key !== 'name' && key !== 'stack')
    return [
      errorClassName(error) ?? null,
      String(error.name),
      String(error.message),
      String(error.stack ?? ''),
      'cause' in error && error.cause !== undefined ? [this.#at('cause', error.cause, depth)] : [],
      error instanceof AggregateError ? this.#at('errors', error.errors, depth) : null,
      // Properties of an error that cannot travel must not hide the error itself.
      own.flatMap(([key, inner]) => this.#attempt(key, inner, depth)),
    ]
  }

  /** The key and the value, or nothing, and then as if nobody had looked. */
  #attempt(key: string, value: unknown, depth: number): [key: string, lowered: unknown] | [] {
    const { size } = this.#places
    const path = this.#path.length
    const refs = this.refs.length
    const moved = this.moved.length
    const unread = this.unread.length
    const buffers = this.#buffers?.length ?? 0
    try {
      return [key, this.#at(key, value, depth)]
    } catch {
      for (const [object, place] of this.#places) if (place >= size) this.#places.delete(object)
      this.#path.length = path
      this.refs.length = refs
      this.moved.length = moved
      this.unread.length = unread
      this.#buffers?.splice(buffers)
      if (this.#asGraph) this.table.length = size
      return []
    }
  }

  #at(key: string | number, value: unknown, depth: number): unknown {
    this.#path.push(key)
    const lowered = this.value(value, depth)
    this.#path.pop()
    return lowered
  }

  #refuse(what: string, wayOut: string): never {
    const path = this.#path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
    throw new EncodeError(`cannot encode ${what}${path && ` at ${path}`}: ${wayOut}`, path)
  }
}

/** Whether it only has a prototype. */
function isOfNoClass(value: object): boolean {
  const type: unknown = value.constructor
  return typeof type !== 'function' || (type.name === 'Object' && isBuiltIn(type))
}

/** Whether a class is part of the language or the platform, so that nobody can register it. */
function isBuiltIn(type: unknown): boolean {
  return typeof type === 'function' && Function.prototype.toString.call(type).includes('[native code]')
}
