import { copyBytes } from '../bytes.ts'
import { type Encoded, encode, ownCopy } from '../codec.ts'
import type { Context } from '../context.ts'
import { EncodeError } from '../errors.ts'
import { checkRefs } from '../foreign-refs.ts'
import { checkLength } from '../outbox.ts'
import type { TaskKind } from './task-kind.ts'
import type { UnitWord } from './words.ts'

/**
 * The word of a unit: encoded, so that it can be sent, and sent again; or still to be encoded, as it is sent, because it
 * moves something.
 */
export interface KeptWord {
  /** Undefined: it moves something. */
  readonly bytes: Uint8Array | undefined
  readonly start: number
  readonly end: number
  /** The ids of the handles in it, if any. */
  readonly refs: readonly string[] | undefined
  /** What it is, as long as it is not encoded, or holds handles that must be kept alive. */
  readonly live: unknown
}

/** Copies of small words lie side by side in slabs of so many bytes. */
const SLAB = 64 * 1024
/** A word of more bytes has memory of its own. */
const LARGE = 4 * 1024

let slab = new Uint8Array(0)
let slabAt = 0

/** A copy of what was encoded that no further encoding overwrites. */
function keep(scratch: Encoded, live: unknown): KeptWord {
  const { bytes, start, end, refs } = scratch
  const length = end - start
  if (length > LARGE) return { bytes: ownCopy(scratch).bytes, start: 0, end: length, refs, live }
  if (slabAt + length > slab.length) {
    slab = new Uint8Array(SLAB)
    slabAt = 0
  }
  const at = slabAt
  slabAt += length
  copyBytes(bytes, start, end, slab, at)
  return { bytes: slab, start: at, end: at + length, refs, live }
}

/**
 * Encodes the word of a unit.
 *
 * @throws EncodeError if an argument cannot travel; the path leads from the arguments on
 * @throws UnreadBlobs if there are Blobs in it
 */
export function encodeWord(context: Context, kind: TaskKind, how: number, args: readonly unknown[]): KeptWord {
  const word = [kind.number, how, args]
  try {
    const scratch = encode(word)
    checkLength(scratch, context.maxFrame)
    const { refs } = scratch
    if (scratch.moved.length > 0) return moving(word)
    const kept = keep(scratch, refs && word)
    if (refs !== undefined) checkRefs(refs, context)
    return kept
  } catch (error) {
    throw error instanceof EncodeError ? argumentError(error, kind.task.name) : error
  }
}

/** One that is encoded only as it is sent. */
export function moving(word: unknown): KeptWord {
  return { bytes: undefined, start: 0, end: 0, refs: undefined, live: word }
}

/** The word of a unit for that attempt, of which the worker is told. */
export function repeated(context: Context, { bytes, start, end, live }: KeptWord, attempt: number): KeptWord {
  if (bytes === undefined) return moving(live)
  const [kind, how, args] = context.decode(bytes, start, end) as UnitWord
  return keep(encode([kind, how, args, attempt]), live)
}

/** The path leads through the arguments, not through the word that they are part of. */
function argumentError(error: EncodeError, task: string): EncodeError {
  const path = error.path.replace(/^\[2\]/, '')
  const message =
    path === error.path ? error.message : error.message.replace(` at ${error.path}`, path && ` at ${path}`)
  return new EncodeError(`the arguments of task ${task}: ${message}`, path)
}
