import { readU32 } from '../bytes.ts'
import { Deque } from '../deque.ts'
import { ProtocolError } from '../errors.ts'
import { type ItemRun, LENGTH } from '../frame.ts'

/** A run of items that were put one after the other; `seq` numbers the first in the order of the queue. */
export interface Run extends ItemRun {
  seq: number
  /** The handles that the item holds; such an item is a run of its own. */
  readonly refs: readonly string[] | undefined
  /** Where the rest of the payload is if not here; such an item, too, is a run of its own. */
  readonly block: KeptBlock | undefined
}

/** What the hub keeps for an item that only refers to its payload: a block of the arena, or buffers that were moved. */
export interface KeptBlock {
  /** Bytes. */
  readonly size: number
  /** Where it lies in the arena, if it is shared memory. */
  readonly position?: number
  /** Buffers that go to whoever takes the item; undefined if they have gone, or never were. */
  take?(): readonly ArrayBuffer[] | undefined
  /** The same, as a copy: the item may have to be handed out again. */
  copy?(): readonly ArrayBuffer[] | undefined
  /** They have gone: the item counts as taken, whatever becomes of its consumer. */
  readonly gone?: boolean
  /** Nobody needs it any more. */
  free(): void
}

/** What was just put: not numbered yet, and handed out to nobody. */
export function newRun(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
  refs?: readonly string[],
  block?: KeptBlock,
): Run {
  return { bytes, start, end, count, deliveries: 0, seq: 0, refs, block }
}

/** The payload bytes of a run, wherever they are. */
export function payloadSize(run: Run): number {
  return inlineSize(run) + (run.block === undefined ? 0 : run.block.size)
}

/** @throws ProtocolError unless there are so many items, and nothing else */
export function checkItems(bytes: Uint8Array, start: number, end: number, count: number): void {
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + LENGTH > end) throw new ProtocolError(`${count} items announced, ${i} found`)
    at += LENGTH + readU32(bytes, at)
  }
  if (at !== end || count === 0) throw new ProtocolError('items do not fill their frame')
}

function inlineSize(run: ItemRun): number {
  return run.end - run.start - LENGTH * run.count
}

/**
 * Items in the order of their `seq`, kept as the runs in which they came, so that a thousand items put in one batch
 * cost one object here and leave as one piece.
 */
export class Runs {
  readonly #runs = new Deque<Run>()
  /** Since they were none, some were pushed that come before others. */
  #mixed = false
  /** Items. */
  count = 0
  /** Bytes of payload, but for those in the arena. */
  size = 0

  push(run: Run): void {
    if (this.count === 0) this.#mixed = false
    else this.#mixed ||= this.#runs.peekLast()!.seq > run.seq
    this.#runs.push(run)
    this.#add(run, 1)
  }

  /** Whether all of them are nothing but their bytes. */
  get plain(): boolean {
    for (const { refs, block } of this.#runs) if (refs !== undefined || block !== undefined) return false
    return true
  }

  /** The run at the front; it stays. */
  peek(): Run | undefined {
    return this.#runs.peek()
  }

  /** Whether all of them come before what is at the front of the others. */
  areBefore(others: Runs): boolean {
    const first = others.peek()
    if (first === undefined) return true
    if (!this.#mixed) return (this.#runs.peekLast()?.seq ?? -1) < first.seq
    for (const run of this.#runs) if (run.seq > first.seq) return false
    return true
  }

  /** Takes up to `limit` items from the front: those that lie together, so possibly fewer. */
  takeFirst(limit: number): Run | undefined {
    const run = this.#runs.peek()
    if (run === undefined) return undefined
    const taken = run.count <= limit ? this.#runs.shift()! : splitFirst(run, limit)
    this.#add(taken, -1)
    return taken
  }

  /** As `takeFirst`, from the back. */
  takeLast(limit: number): Run | undefined {
    const run = this.#runs.peekLast()
    if (run === undefined) return undefined
    let taken = run
    if (run.count <= limit) this.#runs.pop()
    else taken = splitLast(run, limit)
    this.#add(taken, -1)
    return taken
  }

  /** Puts a run back to its place in the order, which is near the front, or the end. */
  restore(run: Run): void {
    if ((this.#runs.peekLast()?.seq ?? -1) < run.seq) return this.push(run)
    const before: Run[] = []
    for (let head = this.#runs.peek(); head !== undefined && head.seq < run.seq; head = this.#runs.peek())
      before.push(this.#runs.shift()!)
    this.#runs.unshift(run)
    for (let i = before.length - 1; i >= 0; i--) this.#runs.unshift(before[i]!)
    this.#add(run, 1)
  }

  #add(run: Run, sign: 1 | -1): void {
    this.count += sign * run.count
    this.size += sign * inlineSize(run)
  }
}

/** Cuts the first `count` items off; `run` keeps the others. */
function splitFirst(run: Run, count: number): Run {
  const cut = offsetOf(run, count)
  const first: Run = { ...run, end: cut, count }
  run.start = cut
  run.count -= count
  run.seq += count
  return first
}

/** Cuts the last `count` items off; `run` keeps the others. */
function splitLast(run: Run, count: number): Run {
  const keep = run.count - count
  const cut = offsetOf(run, keep)
  const last: Run = { ...run, start: cut, count, seq: run.seq + keep }
  run.end = cut
  run.count = keep
  return last
}

function offsetOf(run: Run, index: number): number {
  let at = run.start
  for (let i = 0; i < index; i++) at += LENGTH + readU32(run.bytes, at)
  return at
}
