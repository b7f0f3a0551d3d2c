import { closeSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FileClaims } from '../src/file-claims.ts'

// The side that offers, and the one that takes: two objects on one open file, as a pool and its worker have it.
describe.runIf(process.platform === 'linux')('claims in a file', () => {
  let mine: FileClaims
  let theirs: FileClaims

  beforeEach(() => {
    mine = FileClaims.create()!
    theirs = new FileClaims(mine.fd)
  })
  afterEach(() => closeSync(mine.fd))

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
