import { binaryOf, binaryOver } from './binary.ts'
import { blobOf } from './blob.ts'
import { DecodeError, RemoteError } from './errors.ts'
import { classNamed, errorPrototype } from './registry.ts'

/** What MessagePack has no word for: a tag from the list below and a body that it alone understands. */
export class Tagged {
  readonly tag: string
  readonly body: unknown

  constructor(tag: string, body: unknown) {
    this.tag = tag
    this.body = body
  }
}

/** The allowlist. Nothing else is decoded, and none of these looks anything up outside the registries. */
export const Tag = {
  NEGATIVE_ZERO: '-',
  /** A string that begins with a byte order mark, and a character ahead of it. */
  MARKED: 'f',
  DATE: 'd',
  REGEXP: 'x',
  BINARY: 'b',
  BLOB: 'l',
  /** A binary over a buffer that was moved along with the message. */
  ATTACHED: 't',
  HANDLE: 'h',
  ARRAY: 'a',
  OBJECT: 'o',
  MAP: 'm',
  SET: 's',
  ERROR: 'e',
  CLASS: 'c',
  GRAPH: 'g',
  REF: 'r',
} as const

/** Turns the identity of a handle into the handle that this context uses for it. */
export interface HandleResolver {
  handle(kind: string, id: string, options: unknown): unknown
}

/**
 * The way in: called by msgpackr for every `Tagged`, the innermost first. The fields of `revive` are set while a payload
 * is decoded.
 */
export function revive(pair: unknown): unknown {
  if (!Array.isArray(pair) || pair.length !== 2) throw new DecodeError('a tag without a body')
  const [tag, body] = pair as [unknown, unknown]
  if (tag === Tag.REF) {
    revive.unresolved++
    return new Tagged(Tag.REF, body)
  }
  if (tag === Tag.GRAPH) return reviveGraph(body)
  const leaf = reviveLeaf(tag, body)
  if (leaf !== NONE) return leaf
  return fillShell(makeShell(tag, body), tag, body, (value) => value)
}

revive.handles = undefined as HandleResolver | undefined
/** The handles of the payload so far, by id. */
revive.arrived = undefined as Map<string, unknown> | undefined
/** The buffers that came with the payload. */
revive.attached = undefined as readonly ArrayBuffer[] | undefined
/** References that were read so far and not yet replaced by what they stand for. */
revive.unresolved = 0

/** Whether an instance that cannot be decoded leaves the rest to be decoded, with `Undecodable` in its place. */
revive.sparing = false

/** Stands for an instance that its class could not be had for, or that its class failed to decode. */
export class Undecodable {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

function spared<T>(decode: () => T): T | Undecodable {
  if (!revive.sparing) return decode()
  try {
    return decode()
  } catch (error) {
    return new Undecodable(error)
  }
}

const NONE = Symbol('no leaf')

function reviveLeaf(tag: unknown, body: unknown): unknown {
  switch (tag) {
    case Tag.NEGATIVE_ZERO:
      return -0
    case Tag.MARKED:
      return string(body).slice(1)
    case Tag.DATE:
      return new Date(number(body))
    case Tag.REGEXP: {
      const [source, flags] = array(body)
      return new RegExp(string(source), string(flags))
    }
    case Tag.BINARY: {
      const [kind, bytes] = array(body)
      if (!(bytes instanceof Uint8Array)) throw new DecodeError('a binary without bytes')
      return binaryOf(number(kind), bytes)
    }
    case Tag.BLOB: {
      const [type, bytes, name, lastModified] = array(body)
      if (!(bytes instanceof Uint8Array)) throw new DecodeError('a Blob without bytes')
      return blobOf(bytes, string(type), name === null ? null : string(name), number(lastModified))
    }
    case Tag.ATTACHED:
      return reviveAttached(array(body))
    case Tag.HANDLE: {
      const [kind, id, options] = array(body)
      return reviveHandle(string(kind), string(id), options)
    }
    default:
      return NONE
  }
}

/** One that occurs twice in a payload is one, also where each arrival makes a new handle. */
function reviveHandle(kind: string, id: string, options: unknown): unknown {
  if (revive.handles === undefined) throw new DecodeError('a handle where none can be used')
  revive.arrived ??= new Map()
  const known = revive.arrived.get(id)
  if (known !== undefined) return known
  const handle = revive.handles.handle(kind, id, options)
  revive.arrived.set(id, handle)
  return handle
}

function reviveAttached([kind, index, offset, length]: readonly unknown[]): unknown {
  const buffer = revive.attached?.[number(index)]
  if (buffer === undefined) throw new DecodeError('a buffer was announced and did not come')
  return binaryOver(number(kind), buffer, number(offset), number(length))
}

type Resolve = (value: unknown) => unknown

/** All containers exist before any is filled, so that cycles close. */
function reviveGraph(body: unknown): unknown {
  const nodes = array(body).map((node) => array(node))
  const shells = nodes.map(([tag, inner]) => makeShell(tag, inner))
  const resolve: Resolve = (value) => {
    if (!(value instanceof Tagged)) return value
    const place = number(value.body)
    if (!(place in shells)) throw new DecodeError(`a reference to object ${place} of ${shells.length}`)
    revive.unresolved--
    return fill(place)
  }
  const filled = new Set<number>()
  // A class decodes its state at once and may put another instance in the shell's place: so what it holds is filled
  // before it, and it before whatever else refers to it. Only a cycle comes back to a shell that is not full yet.
  const fill = (place: number): unknown => {
    if (filled.has(place)) return shells[place]
    filled.add(place)
    const [tag, inner] = nodes[place]!
    shells[place] = fillShell(shells[place], tag, inner, resolve)
    return shells[place]
  }
  if (nodes.length === 0) throw new DecodeError('malformed: an empty graph')
  return fill(0)
}

function makeShell(tag: unknown, body: unknown): unknown {
  switch (tag) {
    case Tag.ARRAY:
      return []
    case Tag.OBJECT:
      return {}
    case Tag.MAP:
      return new Map()
    case Tag.SET:
      return new Set()
    case Tag.ERROR:
      return makeError(array(body))
    case Tag.CLASS:
      return spared(() => makeInstance(string(array(body)[0])))
    default:
      throw new DecodeError(`unknown tag ${typeof tag === 'string' ? JSON.stringify(tag) : typeof tag}`)
  }
}

/** Fills the shell and returns it, or what takes its place: an instance that its class decoded itself. */
function fillShell(shell: unknown, tag: unknown, body: unknown, resolve: Resolve): unknown {
  const parts = array(body)
  switch (tag) {
    case Tag.ARRAY:
      for (const part of parts) (shell as unknown[]).push(resolve(part))
      return shell
    case Tag.OBJECT:
      return fillProperties(shell as object, parts, resolve)
    case Tag.MAP:
      for (let i = 0; i + 1 < parts.length; i += 2)
        (shell as Map<unknown, unknown>).set(resolve(parts[i]), resolve(parts[i + 1]))
      return shell
    case Tag.SET:
      for (const part of parts) (shell as Set<unknown>).add(resolve(part))
      return shell
    case Tag.ERROR:
      return fillError(shell as Error, parts, resolve)
    default:
      if (shell instanceof Undecodable) return shell
      return spared(() => fillInstance(shell as object, string(parts[0]), resolve(parts[1])))
  }
}

function fillProperties(target: object, pairs: readonly unknown[], resolve: Resolve): object {
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const key = string(pairs[i])
    if (key === '__proto__') throw new DecodeError('a property named __proto__ is refused')
    define(target, key, resolve(pairs[i + 1]), true)
  }
  return target
}

function makeError([className, name, message, stack]: readonly unknown[]): Error {
  const prototype = className === null ? undefined : errorPrototype(string(className))
  const error = prototype === undefined ? new RemoteError(string(message), string(name)) : new Error(string(message))
  if (prototype !== undefined) Object.setPrototypeOf(error, prototype)
  if (prototype !== undefined && error.name !== name) define(error, 'name', string(name))
  define(error, 'stack', string(stack))
  return error
}

function fillError(error: Error, parts: readonly unknown[], resolve: Resolve): object {
  const [, , , , cause, errors, own] = parts
  const [inner] = array(cause)
  if (inner !== undefined) define(error, 'cause', resolve(inner))
  if (errors !== null && errors !== undefined) define(error, 'errors', resolve(errors))
  return fillProperties(error, array(own), resolve)
}

function makeInstance(name: string): object {
  const codec = classNamed(name)
  if (codec === undefined)
    throw new DecodeError(`the class ${name} is not registered in this process: call registerClass(${name}) here too`)
  return Object.create(codec.type.prototype as object) as object
}

/** A class without a `decode` of its own has its shell filled, so that cycles through the instance close. */
function fillInstance(shell: object, name: string, state: unknown): unknown {
  const { decode } = classNamed(name)!
  return decode === undefined ? Object.assign(shell, state) : decode(state)
}

function define(target: object, key: string, value: unknown, enumerable = false): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}

function array(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new DecodeError('malformed: expected an array')
  return value
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new DecodeError('malformed: expected a string')
  return value
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new DecodeError('malformed: expected a number')
  return value
}
