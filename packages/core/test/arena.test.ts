import { describe, expect, test } from 'vitest'
import { type Arena, type Block, Blocks } from '../src/arena.ts'
import { ProtocolError } from '../src/errors.ts'
import { RANGE_SIZE } from '../src/frame.ts'
import type { Link } from '../src/link.ts'
import { Ranges } from '../src/ranges.ts'
import { Random } from './random.ts'

const KIB = 1024

/** Remembers what was written where, without the bytes between. */
class SparseArena implements Arena {
  readonly written = new Map<number, number>()
  full = false

  write(position: number, bytes: Uint8Array): boolean {
    if (!this.full) this.written.set(position, bytes.length)
    return !this.full
  }

  read(): boolean {
    return false
  }
}

const bytes = (size: number) => new Uint8Array(size)

describe('the blocks of a range', () => {
  test('what is small, or larger than the range, gets none', () => {
    const blocks = new Blocks(new SparseArena(), 0)
    expect(blocks.store(bytes(32 * KIB - 1))).toBeUndefined()
    expect(blocks.store(bytes(RANGE_SIZE + 1))).toBeUndefined()
    expect(blocks.store(bytes(32 * KIB))).toEqual({ offset: 0, size: 32 * KIB })
  })

  test('are written to their own range', () => {
    const arena = new SparseArena()
    new Blocks(arena, 3).store(bytes(40 * KIB))
    expect([...arena.written]).toEqual([[3 * RANGE_SIZE, 40 * KIB]])
  })

  test('never overlap, and never leave the range, whatever is taken and freed', () => {
    const random = new Random(1)
    const blocks = new Blocks(new SparseArena(), 0)
    const used: Block[] = []
    let refused = 0
    for (let i = 0; i < 5_000; i++) {
      if (used.length > 0 && random.chance(0.48)) {
        blocks.free(used.splice(random.int(used.length), 1)[0]!.offset)
        continue
      }
      const block = blocks.store(bytes(random.between(32 * KIB, 3_000 * KIB)))
      if (block === undefined) refused++
      else {
        expect(block.offset + block.size).toBeLessThanOrEqual(RANGE_SIZE)
        for (const other of used)
          expect(block.offset >= other.offset + other.size || other.offset >= block.offset + block.size).toBe(true)
        used.push(block)
      }
    }
    expect(refused).toBeGreaterThan(0)
  })

  test('are used again as often as one likes', () => {
    const blocks = new Blocks(new SparseArena(), 0)
    for (let i = 0; i < 1_000; i++) {
      const [one, two] = [blocks.store(bytes(1024 * KIB)), blocks.store(bytes(64 * KIB))]
      blocks.free(one!.offset)
      blocks.free(two!.offset)
    }
  })

  test('of one size make room for those of another, once none is in use', () => {
    const blocks = new Blocks(new SparseArena(), 0)
    const small: Block[] = []
    for (let block = blocks.store(bytes(64 * KIB)); block !== undefined; block = blocks.store(bytes(64 * KIB)))
      small.push(block)
    expect(small).toHaveLength(RANGE_SIZE / (64 * KIB))
    for (const { offset } of small) blocks.free(offset)
    expect(blocks.store(bytes(RANGE_SIZE))).toBeDefined()
  })

  test('are not used up by what could not be written', () => {
    const arena = new SparseArena()
    const blocks = new Blocks(arena, 0)
    arena.full = true
    for (let i = 0; i < 100; i++) expect(blocks.store(bytes(1024 * KIB))).toBeUndefined()
    arena.full = false
    expect(blocks.store(bytes(RANGE_SIZE / 2))).toBeDefined()
  })

  test('freed twice are free once', () => {
    const blocks = new Blocks(new SparseArena(), 0)
    const kept = blocks.store(bytes(64 * KIB))!
    const { offset } = blocks.store(bytes(64 * KIB))!
    blocks.free(offset)
    blocks.free(offset)
    const [one, two] = [blocks.store(bytes(64 * KIB))!, blocks.store(bytes(64 * KIB))!]
    expect(new Set([kept.offset, one.offset, two.offset]).size).toBe(3)
  })
})

describe('the ranges of the arena', () => {
  /** A link that is written to, and how often. */
  const link = () => {
    const writer = { begin: () => writer, u32: () => writer }
    return { write: () => writer } as unknown as Link
  }

  test('go to others only when their peer has left and nobody refers to what it wrote', () => {
    const ranges = new Ranges()
    const [one, two] = [ranges.take(link()), ranges.take(link())]
    const block = one.keep(0, 64 * KIB)
    one.leave()
    expect(ranges.take(link()).number).toBe(2)
    block.free()
    two.leave()
    expect([ranges.take(link()).number, ranges.take(link()).number].sort()).toEqual([0, 1])
  })

  test('a peer that refers to what is not its own, or is in use, is at fault', () => {
    const range = new Ranges().take(link())
    expect(() => range.keep(RANGE_SIZE - 10, 11)).toThrow(ProtocolError)
    range.keep(0, 64 * KIB)
    expect(() => range.keep(0, 64 * KIB)).toThrow(ProtocolError)
  })
})
