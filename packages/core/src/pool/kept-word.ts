import { copyBytes } from '../bytes.ts'
import { type Encoded, encode, encodeLong, ownCopy } from '../codec.ts'
import type { Context } from '../context.ts'
import { EncodeError } from '../errors.ts'
import { checkRefs } from '../foreign-refs.ts'
import type { Movable } from '../handle.ts'
import { checkLength } from '../outbox.ts'
import { PLAIN_ROOM, writePlain } from '../plain.ts'
import type { TaskKind } from './task-kind.ts'
import { ACCOMPANIED, ARRAY_OF_3, ARRAY_OF_4, SEALED, U32, type UnitWord } from './words.ts'

/**
 * The word of a unit: encoded, so that it can be sent, and sent again. It is an array whose first element, the number of
 * the task, can be read without decoding the rest: only the task's module may know the classes in that.
 */
export interface KeptWord {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** The ids of the handles in it, if any. */
  readonly refs: readonly string[] | undefined
  /** The handles in it that are in one place only: they have left this process with the call. */
  readonly moved: readonly Movable[]
  /** What it is, if it holds handles, which must be kept alive. */
  readonly live: unknown
}

/** Stands for one that is still to be encoded, or never will be. */
export const NO_WORD: KeptWord = { bytes: new Uint8Array(0), start: 0, end: 0, refs: undefined, moved: [], live: null }

const NOTHING: readonly Movable[] = []

/** The bytes that say, behind all else, which attempt it is. */
const ATTEMPT = 5

/** Copies of small words lie side by side in slabs of so many bytes. */
const SLAB = 64 * 1024
/** A word of more bytes has memory of its own. */
const LARGE = 4 * 1024

let slab = new Uint8Array(0)
let slabAt = 0

/** A copy of what was encoded that no further encoding overwrites. */
function keep(scratch: Encoded, live: unknown): KeptWord {
  const { bytes, start, end, refs, moved } = scratch
  const length = end - start
  if (length > LARGE) return { bytes: ownCopy(scratch).bytes, start: 0, end: length, refs, moved, live }
  const at = roomFor(length)
  copyBytes(bytes, start, end, slab, at)
  return { bytes: slab, start: at, end: at + length, refs, moved, live }
}

/** Where in the slab there are so many bytes. */
function roomFor(length: number): number {
  if (slabAt + length > slab.length) {
    slab = new Uint8Array(SLAB)
    slabAt = 0
  }
  slabAt += length
  return slabAt - length
}

/** Encodes the word where it stays, if it is plain: undefined, then, if not. */
function writeInSlab(word: UnitWord): KeptWord | undefined {
  const start = roomFor(PLAIN_ROOM)
  const bytes = slab
  const after = slabAt
  const end = writePlain(word, bytes, start)
  // A getter of an argument may have taken room behind it.
  if (slab === bytes && slabAt === after) slabAt = Math.max(start, end)
  return end < 0 ? undefined : { bytes, start, end, refs: undefined, moved: NOTHING, live: undefined }
}

/**
 * Encodes the word of a unit. What it moves leaves: it can be used here no more, unless the word is never sent and it
 * `stays`.
 *
 * @param told what goes along for whoever runs what the task returns
 * @throws EncodeError if an argument cannot travel; the path leads from the arguments on
 * @throws UnreadBlobs if there are Blobs in it
 */
export function encodeWord(
  context: Context,
  kind: TaskKind,
  how: number,
  args: readonly unknown[],
  told?: unknown,
): KeptWord {
  const word: UnitWord = told === undefined ? [kind.number, how, args] : [kind.number, how | ACCOMPANIED, [args, told]]
  try {
    const plain = writeInSlab(word)
    if (plain !== undefined) return plain
    const scratch = encodeLong(word)
    const kept = scratch.bytes[scratch.start] === ARRAY_OF_3 ? keep(scratch, scratch.refs && word) : seal(word)
    checkWord(context, kept)
    if (kept.refs !== undefined) checkRefs(kept.refs, context)
    for (const handle of kept.moved) handle.leaves()
    return kept
  } catch (error) {
    throw error instanceof EncodeError ? argumentError(error, kind.task.name, told !== undefined) : error
  }
}

/** The word is sent to nobody: what was to move with it stays. */
export function leaveOut({ moved }: Pick<KeptWord, 'moved'>): undefined {
  for (const handle of moved) handle.stays()
}

/** Where an object occurs twice, all of it is one graph: the arguments are encoded for themselves then. */
function seal(word: UnitWord): KeptWord {
  const [kind, how, args] = word
  const { bytes, refs, moved } = ownCopy(encode(args))
  return keep({ ...encode([kind, how | SEALED, bytes]), refs, moved }, refs && word)
}

/** @throws EncodeError at a word that no frame has room for */
export function checkWord(context: Context, word: Pick<KeptWord, 'start' | 'end' | 'refs'>): void {
  checkLength(word as Encoded, context.maxFrame - ATTEMPT)
}

/** A word that says which attempt it is. */
export function repeated({ bytes, start, end, refs, live }: KeptWord, attempt: number): KeptWord {
  const length = end - start - (bytes[start] === ARRAY_OF_4 ? ATTEMPT : 0)
  const again = new Uint8Array(length + ATTEMPT)
  copyBytes(bytes, start, start + length, again, 0)
  again[0] = ARRAY_OF_4
  again[length] = U32
  new DataView(again.buffer).setUint32(length + 1, attempt)
  return { bytes: again, start: 0, end: again.length, refs, moved: [], live }
}

/** The path leads through the arguments, not through the word that they are part of. */
function argumentError(error: EncodeError, task: string, accompanied: boolean): EncodeError {
  const path = error.path.replace(accompanied ? /^\[2\]\[0\]/ : /^\[2\]/, '')
  const message =
    path === error.path ? error.message : error.message.replace(` at ${error.path}`, path && ` at ${path}`)
  return new EncodeError(`the arguments of task ${task}: ${message}`, path)
}
