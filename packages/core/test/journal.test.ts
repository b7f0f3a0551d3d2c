import { describe, expect, test } from 'vitest'
import { decode } from '../src/codec.ts'
import { JOURNAL_SIZE, Journal, SharedJournalMemory } from '../src/pool/journal.ts'
import { Reply, type ReplyWord } from '../src/pool/words.ts'
import { Random } from './random.ts'

/** Two sides of one journal, and what the second of them reads there. */
function journal() {
  const bytes = new Uint8Array(new SharedArrayBuffer(JOURNAL_SIZE))
  const mine = new Journal(new SharedJournalMemory(bytes))
  const theirs = new Journal(new SharedJournalMemory(bytes))
  return {
    bytes,
    mine,
    read: () => theirs.entries().map((entry) => decode(entry, 0, entry.length, undefined as never)),
  }
}

describe('a journal', () => {
  test('holds what was written down, in order, whatever it is', () => {
    const { mine, read } = journal()
    const words: ReplyWord[] = [
      [1, 0, 42],
      [2, 7, 'text of more than thirty-one characters, so that it goes the long way'],
      [3, 1, { list: [1, null, -0.5], bytes: new Uint8Array([1, 2, 3]) }],
      [4, 2, new RangeError('no'), Reply.FAILED],
    ]
    expect(read()).toEqual([])
    for (const word of words) expect(mine.note(word)).toBe(true)
    expect(mine.commit()).toBe(true)
    expect(read()).toEqual(words)
  })

  test('begins anew when all was sent; what was there before may still be read behind that', () => {
    const { mine, read } = journal()
    for (let n = 1; n <= 3; n++) mine.note([n, 0, n])
    mine.clear()
    expect(read()).toEqual([1, 2, 3].map((n) => [n, 0, n]))
    mine.note([4, 0, 'longer than what was there before'])
    expect(read()).toEqual([[4, 0, 'longer than what was there before']])
  })

  test('refuses what does not fit, and holds the rest', () => {
    const { mine, read } = journal()
    expect(mine.note([1, 0, 1])).toBe(true)
    expect(mine.note([2, 0, 'x'.repeat(JOURNAL_SIZE)])).toBe(false)
    let last = 2
    while (mine.note([last + 1, 0, 'some text'])) last++
    expect(last).toBeGreaterThan(50)
    expect(read()).toHaveLength(last - 1)
    mine.clear()
    expect(mine.note([last + 1, 0, 0])).toBe(true)
  })

  test('is at no moment torn: each write leaves what is whole, or nothing (300 steps)', () => {
    const random = new Random(7)
    const { bytes, mine, read } = journal()
    const whole = new Set<number>()
    // Whoever reads sees the memory as it is after any one of the writes to it.
    const look = () => {
      for (const [number, , text] of read() as Array<[number, number, string]>) {
        expect(whole).toContain(number)
        expect(text).toBe(String(number).repeat(1 + (number % 9)))
      }
    }
    const store = Atomics.store
    Atomics.store = ((...args: Parameters<typeof store>) => {
      look()
      const stored = store(...args)
      look()
      return stored
    }) as typeof store
    try {
      for (let number = 1; number <= 300; number++) {
        if (random.chance(0.1)) mine.clear()
        whole.add(number)
        if (!mine.note([number, 0, String(number).repeat(1 + (number % 9))])) mine.clear()
      }
    } finally {
      Atomics.store = store
    }
    expect(bytes.some((byte) => byte !== 0)).toBe(true)
  })
})
