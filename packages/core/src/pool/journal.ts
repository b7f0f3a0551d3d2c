import { copyBytes } from '../bytes.ts'
import { encode } from '../codec.ts'
import type { Outbox, Sendable } from '../outbox.ts'
import { PLAIN_ROOM, writePlain } from '../plain.ts'
import type { ReplyWord } from './words.ts'

/** Bytes of a journal. */
export const JOURNAL_SIZE = 16 * 1024

/** With less it counts as full, for hardly any word is shorter. */
const SMALLEST_ROOM = 32

/** Before each entry stands its length; the last is followed by 0. */
const HEAD = 4

/** Where a journal lies: its worker writes it, and its pool reads it, whenever it wants to. */
export interface JournalMemory {
  /** What the worker writes to: `JOURNAL_SIZE` bytes, in whole words of memory. */
  readonly bytes: Uint8Array
  /** The pool can see what was written there; false if that failed. */
  commit(from: number, to: number): boolean
  /** A copy of what the pool can see. */
  read(): Uint8Array
}

/**
 * What a worker has said and not sent, where its pool can read it: also once the worker is dead, or busy with what does
 * not yield.
 *
 * The results of short tasks leave together. They must not be lost with a worker that dies of the next task, nor have to
 * wait for it: so they are written down before another task is begun.
 *
 * An entry does not change while it can be seen. Those of an earlier batch may still be there: they were sent, and
 * whoever reads them knows that by their numbers.
 */
export class Journal {
  readonly #memory: JournalMemory
  readonly #heads: Int32Array
  #end = 0
  #committed = 0
  #sent = 0

  constructor(memory: JournalMemory) {
    this.#memory = memory
    this.#heads = headsOf(memory.bytes)
  }

  /** Writes down what was said, until `commit` for oneself; false if there is no room for it, or it cannot be written down. */
  note(word: ReplyWord): boolean {
    const { bytes } = this.#memory
    const from = this.#end
    const at = from + HEAD
    const room = bytes.length - at - 2 * HEAD
    if (room < SMALLEST_ROOM) return false
    // Until it is all there, the journal ends before it.
    Atomics.store(this.#heads, from / HEAD, 0)
    const end = this.#writeWord(word, at, room)
    if (end < 0) return false
    const next = aligned(end)
    Atomics.store(this.#heads, next / HEAD, 0)
    Atomics.store(this.#heads, from / HEAD, end - at)
    this.#end = next
    return true
  }

  /** Where it ends; a negative number: it cannot be written down. */
  #writeWord(word: ReplyWord, at: number, room: number): number {
    try {
      const end = writePlain(word, this.#memory.bytes, at, Math.min(room, PLAIN_ROOM))
      return end < 0 ? this.#writeLong(word, at, room) : end
    } catch {
      // Whoever sends it otherwise hears why it cannot be: a getter of a result has thrown, for one.
      return -1
    }
  }

  #writeLong(word: ReplyWord, at: number, room: number): number {
    const { bytes, start, end, refs, moved } = encode(word)
    if (refs !== undefined || moved.length > 0 || end - start > room) return -1
    copyBytes(bytes, start, end, this.#memory.bytes, at)
    return at + end - start
  }

  /** Has all that was noted and not sent leave with the batch. */
  send(outbox: Outbox): void {
    const { bytes } = this.#memory
    while (this.#sent < this.#end) {
      const at = this.#sent + HEAD
      const end = at + this.#heads[this.#sent / HEAD]!
      this.#sent = aligned(end)
      // What has to wait must not be written over meanwhile.
      if (!outbox.sendShort(bytes, at, end)) outbox.send(new Entry(bytes.slice(at, end)))
    }
  }

  /** The pool can see what was written down; false if that failed. */
  commit(): boolean {
    if (this.#committed === this.#end) return true
    if (!this.#memory.commit(this.#committed, this.#end + HEAD)) return false
    this.#committed = this.#end
    return true
  }

  /** All that was said has left. */
  clear(): void {
    this.#end = 0
    this.#committed = 0
    this.#sent = 0
  }

  /** What the worker has said, encoded, as far as it can be seen; some of it may have been sent. */
  entries(): Uint8Array[] {
    const seen = this.#memory.read()
    // Somebody is writing: so he is sending, too.
    if (!isSame(seen, this.#memory.read())) return []
    const heads = headsOf(seen)
    const entries: Uint8Array[] = []
    for (let from = 0; from + HEAD <= seen.length; ) {
      const length = heads[from / HEAD]!
      const at = from + HEAD
      if (length <= 0 || at + length > seen.length) break
      entries.push(seen.subarray(at, at + length))
      from = aligned(at + length)
    }
    return entries
  }
}

/** Where the next entry begins. */
function aligned(end: number): number {
  return Math.ceil(end / HEAD) * HEAD
}

function headsOf({ buffer, byteOffset, byteLength }: Uint8Array): Int32Array {
  return new Int32Array(buffer, byteOffset, Math.floor(byteLength / HEAD))
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at])
}

const NOTHING: readonly never[] = []

/** As it is sent. It refers to nothing, and is small. */
class Entry implements Sendable {
  readonly bytes: Uint8Array
  readonly start = 0
  readonly end: number
  readonly refs = undefined
  readonly moved: readonly never[] = NOTHING

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.end = bytes.length
  }

  /** The pool is gone. */
  refused(): void {}
}

/** A journal in memory that both sides share. */
export class SharedJournalMemory implements JournalMemory {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** What is written here is seen. */
  commit(): boolean {
    return true
  }

  read(): Uint8Array {
    return this.bytes.slice()
  }
}
