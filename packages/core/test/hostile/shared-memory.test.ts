import { beforeEach, describe, expect, test } from 'vitest'
import { encodeAlone } from '../../src/codec.ts'
import { ProtocolError } from '../../src/errors.ts'
import { MEMORY_SPAN, RANGE_SIZE } from '../../src/frame.ts'
import { SharedValue } from '../../src/shared-value.ts'
import { concat, frame, item } from './bytes.ts'
import { Stranger } from './stranger.ts'
import { Town } from './town.ts'

const value = (of: unknown): Uint8Array => encodeAlone(of).bytes
const make = (options: object) => frame('OPEN', 0, value(['memory', 'shared-value', options]))
const locked = make({ size: 4, locked: true, holds: [] })
const plain = make({ size: 4 })
const call = (...list: unknown[]) => frame('CALL', 0, 1, value(list))
const block = (offset: number, size: number) => frame('PUT_BLOCK', 0, offset, size, item(new Uint8Array(0)))

let town: Town
let stranger: Stranger

beforeEach(async () => {
  town = new Town()
  town.hub.shareArena()
  stranger = new Stranger(town.hub)
  await town.clock.settle()
})

describe('a peer is refused that sends', () => {
  test.each([
    ['a size that is none', make({ size: -1 })],
    ['handles to hold that are no list', make({ size: 4, holds: 'all' })],
    ['a block of the wrong size', concat(plain, block(RANGE_SIZE, 4))],
    ['a block that is no memory', concat(plain, block(0, 20))],
    ['a block beyond its memory', concat(plain, block(MEMORY_SPAN - 16, 20))],
    ['memory twice', concat(plain, block(RANGE_SIZE, 20), block(RANGE_SIZE + 64, 20))],
    ['memory into a queue', concat(frame('OPEN', 0, value(['q', 'queue', {}])), block(RANGE_SIZE, 20))],
    ['an operation that there is not', concat(plain, call('explode'))],
    ['an operation on an element that there is not', concat(plain, call('cell', 'int32', 'constructor', 0))],
    ['an element that there is not', concat(plain, call('cell', 'int32', 'get', 1))],
    ['a type that there is not', concat(plain, call('cell', 'toString', 'get', 0))],
    ['bytes that are none', concat(plain, call('write', 0, 'text'))],
    ['a place that is none', concat(plain, call('read', 0.5, 1))],
    ['a lock where there is none', concat(plain, call('lock', 1, false))],
    ['a lock without a ticket', concat(locked, call('lock'))],
    ['a name that is none', concat(plain, call('name', 7))],
    ['an item', concat(plain, frame('PUT', 0, 1, 0, item(value(1))))],
  ])('%s', async (_what, stream) => {
    stranger.says(stream)
    expect(stranger.error).toBeInstanceOf(ProtocolError)
    expect(await town.works()).toBe(true)
  })
})

test('more memory than there is, and places beyond its end, are refused to who asks, and harm nobody', async () => {
  stranger.says(make({ size: 2 ** 52 }))
  for (const request of [call('read', 0, 1), call('watch'), call('open'), call('read', -1, 4)]) stranger.says(request)
  await town.clock.settle()
  expect(stranger.error).toBeUndefined()
  stranger.leaves()
  expect(await town.works()).toBe(true)
})

test('a release by who does not have the lock leaves it with its owner', async () => {
  const state = { type: 'int32', place: null, lock: 'own' } as const
  town.hub.create('memory', 'shared-value', { size: 4, locked: true })
  const mine = new SharedValue('int32', undefined, undefined, { context: town.resident, id: 'memory', state })
  expect(await town.outcome(mine.getLock().acquire())).toBe(true)
  stranger.says(concat(frame('OPEN', 0, value(['memory', 'shared-value', null])), call('unlock'), call('wake')))
  stranger.says(concat(call('lock', 1, true)))
  await town.clock.settle()
  expect([stranger.error, mine.getLock().held]).toEqual([undefined, true])
  const others = town.settleIn('other')
  const theirs = new SharedValue('int32', undefined, undefined, { context: others, id: 'memory', state })
  expect(await town.outcome(theirs.getLock().acquire({ timeout: 0 }))).toBe(false)
})
