import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ClaimsMemory } from '../src/claims-memory.ts'
import { FileClaims } from '../src/file-claims.ts'

// The side that offers, and the one that takes: two objects on one open file, as a pool and its worker have it.
describe.runIf(process.platform === 'linux')('claims in a file', () => {
  let mine: FileClaims
  let theirs: FileClaims

  beforeEach(() => {
    mine = FileClaims.create()!
    theirs = new FileClaims(mine.fd, mine.memory)
  })
  afterEach(() => mine.close())

  const take = (count: number) => Array.from({ length: count }, () => theirs.take())

  test('tell which were taken, and take none for that', () => {
    expect(mine.taken).toBe(0)
    mine.offer(1, 3)
    expect([mine.taken, take(1), mine.taken, mine.taken, take(1), mine.taken]).toEqual([0, [1], 1, 1, [2], 2])
    mine.offer(4, 1)
    expect([mine.taken, take(3), mine.taken]).toEqual([2, [3, 4, 0], 4])
  })

  test('tell it, whoever took them', () => {
    mine.offer(1, 3)
    expect([mine.take(), theirs.take(), mine.take(), mine.taken]).toEqual([1, 2, 3, 3])
  })

  test('tell it after they were renewed', () => {
    mine.offer(1, 2)
    take(2)
    mine.renew()
    expect(mine.taken).toBe(2)
    mine.offer(3, 2)
    expect([mine.taken, take(1), mine.taken]).toEqual([2, [3], 3])
  })
})

describe.runIf(process.platform === 'linux')('claims that move into memory', () => {
  // Each side has mapped the memory for itself, as two processes have.
  function sides(): [FileClaims, FileClaims] {
    const mine = FileClaims.create()!
    return [mine, new FileClaims(mine.fd, new ClaimsMemory(mine.memory.fd))]
  }

  test('go on where they were, whoever takes them', () => {
    const [mine, theirs] = sides()
    mine.offer(1, 4)
    expect([theirs.take(), theirs.take()]).toEqual([1, 2])
    expect(theirs.share()).toBe(true)
    mine.mayMove()
    expect(mine.worn).toBe(true)
    // What was offered before is taken back first, as a dispatcher does it.
    expect([theirs.take(), mine.take(), mine.take()]).toEqual([3, 4, 0])
    mine.renew()
    expect([mine.worn, mine.taken, mine.take()]).toEqual([false, 4, 0])
    expect(theirs.take()).toBe(0)
    mine.offer(5, 3)
    expect([theirs.take(), mine.take(), mine.taken, theirs.take(), theirs.take(), mine.take()]).toEqual([
      5, 6, 6, 7, 0, 0,
    ])
    mine.close()
  })

  test('stay in the file where the side that offers them cannot map it', () => {
    const [mine, theirs] = sides()
    mine.mayMove()
    Object.defineProperty(mine.memory, 'view', { value: undefined })
    mine.renew()
    mine.offer(1, 1)
    expect([mine.worn, theirs.take(), theirs.take()]).toEqual([false, 1, 0])
  })

  test('carry the journal along: both sides see the same one, from the file and from the memory', () => {
    const [mine, theirs] = sides()
    theirs.journal.note([1, 0, 'in the file'])
    expect(mine.journal.entries()).toEqual([])
    theirs.journal.commit()
    expect(mine.journal.entries()).toHaveLength(1)
    theirs.journal.clear()
    theirs.share()
    theirs.journal.note([2, 0, 'in memory'])
    theirs.journal.note([3, 0, 'in memory'])
    expect(mine.journal.entries()).toHaveLength(2)
    mine.close()
  })

  test('leave their memory to those that come later, empty', () => {
    const [mine, theirs] = sides()
    theirs.share()
    theirs.journal.note([1, 0, 'what the next one must not hear'])
    mine.mayMove()
    mine.renew()
    mine.close()
    const next = FileClaims.create()!
    expect(next.memory).toBe(mine.memory)
    expect([next.journal.entries(), next.take(), next.taken]).toEqual([[], 0, 0])
  })
})
