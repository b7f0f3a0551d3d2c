import { beforeEach, describe, expect, test } from 'vitest'
import { encodeAlone } from '../../src/codec.ts'
import { ProtocolError } from '../../src/errors.ts'
import { DEFAULT_MAX_FRAME, LAST_TYPE, RANGE_SIZE } from '../../src/frame.ts'
import { concat, frame, item, u32 } from './bytes.ts'
import { Stranger } from './stranger.ts'
import { SHARED, Town } from './town.ts'

const SLOTS = 0
const ITEMS = 1

const value = (of: unknown): Uint8Array => encodeAlone(of).bytes
const open = (channel: number, ...list: unknown[]): Uint8Array => frame('OPEN', channel, value(list))
const openShared = open(0, SHARED.plain.id, 'queue', null)
const openBytes = open(0, SHARED.bytes.id, 'queue', null)
const openJoinable = open(0, SHARED.joinable.id, 'joinable-queue', null)
const openPipe = (duplex: boolean) =>
  concat(open(0, 'x', 'connection', { maxsize: 1, maxbytes: 0, duplex }), open(1, 'x/other', 'connection', null))
/** One that may be had without the hub. */
const openDirect = concat(
  open(0, 'x', 'connection', { maxsize: 0, maxbytes: 100, duplex: true }),
  open(1, 'x/other', 'connection', null),
)
const call = (...list: unknown[]): Uint8Array => frame('CALL', 0, 1, value(list))
const leave = call('leave')
const putBack = (count: number, ...payloads: Uint8Array[]): Uint8Array =>
  frame('PUT_BACK', 0, count, 0, ...payloads.map(item))
const GARBAGE = [undefined, null, -1, 0.5, 1e300, Number.NaN, 'x', [[]], { attempt: 0 }, new Uint8Array(9), 1n]
const openLock = open(0, 'lock', 'lock', {})
const ask = (lane: number, id: number, cost = 0, nowait = 0): Uint8Array => frame('ASK', 0, lane, id, cost, nowait, 0)
const put = (count: number, ...payloads: Uint8Array[]): Uint8Array => frame('PUT', 0, count, 0, ...payloads.map(item))
const one = value(1)

type Attack = readonly [what: string, ...stream: Uint8Array[]]

/** What a well-behaved peer never sends, each after all that it presupposes. */
const FORBIDDEN: ReadonlyArray<Attack> = [
  ['a wrong magic number', Uint8Array.of(0x4e, 1, 3, 0, 0, 0, 0, 0)],
  ['another version', Uint8Array.of(0x4d, 2, 3, 0, 0, 0, 0, 0)],
  ['flags', Uint8Array.of(0x4d, 1, 3, 1, 0, 0, 0, 0)],
  ['frame type 0', frame(0)],
  ['a frame type beyond the last', frame(LAST_TYPE + 1)],
  ['a frame of 4 GiB', concat(Uint8Array.of(0x4d, 1, 7, 0), u32(0xffff_ffff))],
  ['a frame one byte too long', concat(Uint8Array.of(0x4d, 1, 7, 0), u32(DEFAULT_MAX_FRAME + 1))],
  ...(['START', 'GRANT', 'ITEMS', 'ITEMS_HERE', 'DENY', 'RECALL', 'REPLY', 'NOTICE'] as const).map(
    (name): Attack => [`${name}, which goes the other way`, openShared, frame(name, 0, 0, 0, 0, 0)],
  ),
  ...(['FENCE', 'FENCED', 'SEEN', 'STOP'] as const).map(
    (name): Attack => [`${name}, which is not for a hub`, openDirect, frame(name, 0, 0)],
  ),
  ...(
    [
      ...(['OPEN', 'RELEASE', 'ASK', 'CANCEL', 'PUT', 'PUT_REFS', 'PUT_BACK', 'SPENT', 'RETURN', 'ACK'] as const),
      ...(['CALL', 'TUNNEL'] as const),
    ] as const
  ).map((name): Attack => [`${name} without a body`, openShared, frame(name)]),
  ['a put into a channel that was never opened', frame('PUT', 5, 1, 0, item(one))],
  ['a channel opened out of turn', open(1, 'x', 'queue', {})],
  ['a channel opened twice', openShared, openShared],
  ['an OPEN that is no list', frame('OPEN', 0, value('shared'))],
  ['an OPEN without an id', open(0, 1, 'queue', {})],
  ['an OPEN of a kind that does not exist', open(0, 'x', 'spaceship', {})],
  ['an OPEN whose payload does not end', frame('OPEN', 0, Uint8Array.of(0x93, 0xa1))],
  ['an OPEN that makes what exists', open(0, SHARED.plain.id, 'queue', { maxsize: 1_000_000 })],
  ['a negative bound', open(0, 'x', 'queue', { maxsize: -1 })],
  ['a bound that is no number', open(0, 'x', 'queue', { maxsize: 'large' })],
  ['a bound that is not a number', open(0, 'x', 'queue', { maxbytes: Number.NaN })],
  ['a JoinableQueue with a bad bound', open(0, 'x', 'joinable-queue', { maxsize: {} })],
  ['a put without a slot', openShared, put(1, one)],
  ['more items than slots', openShared, ask(SLOTS, 1), put(2, one, one)],
  ['fewer items than announced', openShared, ask(SLOTS, 1), put(2, one)],
  ['more items than announced', openShared, ask(SLOTS, 1), put(1, one, one)],
  ['a put of nothing', openShared, put(0)],
  ['4 billion items', openShared, ask(SLOTS, 1), put(0xffff_ffff, one)],
  ['an item longer than its frame', openShared, ask(SLOTS, 1), frame('PUT', 0, 1, 0, u32(0xffff_ffff))],
  ['4 billion handles', openShared, ask(SLOTS, 1), frame('PUT_REFS', 0, 0xffff_ffff, item(one))],
  ['a handle longer than its frame', openShared, ask(SLOTS, 1), frame('PUT_REFS', 0, 1, u32(0x7fff_ffff))],
  ['slots reported as spent', openShared, ask(SLOTS, 1), frame('SPENT', 0, SLOTS, 1, 0, 0)],
  ['items spent that were not lent', openShared, frame('SPENT', 0, ITEMS, 1, 0, 0)],
  ['slots returned that were not lent', openShared, frame('RETURN', 0, SLOTS, 1, 0, 0)],
  ['items returned that were not lent', openShared, frame('RETURN', 0, ITEMS, 0xffff_ffff, 0, 0)],
  ['a lane that does not exist', openShared, ask(2, 1)],
  ['a return in a lane that does not exist', openShared, frame('RETURN', 0, 77, 0, 0, 0)],
  ['two waiters with one id', openShared, ask(ITEMS, 1), ask(ITEMS, 1)],
  ['a block, without a part of the arena', openShared, ask(SLOTS, 1), frame('PUT_BLOCK', 0, 0, 40_000, item(one))],
  ['buffers that did not come along', openShared, ask(SLOTS, 1), frame('PUT_MOVED', 0, 1, 0, item(one))],
  ['an ACK for a queue that knows none', openShared, frame('ACK', 0, 1)],
  ['a message into the end that only receives', openPipe(false), put(1, one)],
  ['an ask for room there', openPipe(false), ask(SLOTS, 1)],
  ['room returned there', openPipe(false), frame('RETURN', 0, SLOTS, 1, 0, 0)],
  ['a message without room', openPipe(true), put(1, one)],
  ['a message from one who has left, without room', openPipe(true), leave, put(1, one)],
  ['an ACK for a pipe', openPipe(true), frame('ACK', 0, 1)],
  ['a pipe with a bad bound', open(0, 'x', 'connection', { maxsize: 'large' })],
  ['a pipe that is there already', openPipe(true), open(2, 'x', 'connection', { maxsize: 1 })],
  ['a pipe whose other end is there already', open(0, 'x/other', 'queue', {}), open(1, 'x', 'connection', {})],
  ['back what never left', openDirect, putBack(1, one)],
  ['back what never left, over a pipe that always leads through the hub', openPipe(true), putBack(1, one)],
  ['back what never left, into a channel that was never opened', frame('PUT_BACK', 5, 1, 0, item(one))],
  ['back fewer items than announced', openShared, putBack(2, one)],
  ['back more items than announced', openShared, putBack(1, one, one)],
  ['back nothing', openShared, putBack(0)],
  ['back 4 billion items', openDirect, putBack(0xffff_ffff, one)],
  ['back an item longer than its frame', openDirect, frame('PUT_BACK', 0, 1, 0, u32(0xffff_ffff))],
  ['back an item longer than a frame may be', concat(Uint8Array.of(0x4d, 1, 25, 0), u32(DEFAULT_MAX_FRAME + 1))],
  ['that it left without having gone', openDirect, call('left', 0, false)],
  ...GARBAGE.map((garbage): Attack => [`that it left, ${String(garbage)}`, openDirect, call('left', garbage, garbage)]),
  ['a semaphore with a bad value', open(0, 'x', 'semaphore', { value: -1 })],
  ['an ask for a permit that costs', openLock, ask(0, 1, 5)],
  ['an ask for a permit in use', openLock, ask(1, 1)],
  ['permits in use that were not lent', openLock, frame('SPENT', 0, 0, 1, 0, 0)],
  ['more permits in use than were lent', openLock, ask(0, 1), frame('SPENT', 0, 0, 2, 0, 0)],
  ['permits spent that are in use', openLock, ask(0, 1), frame('SPENT', 0, 1, 1, 0, 0)],
  ['permits idle again that were not in use', openLock, ask(0, 1), frame('ACK', 0, 1)],
  ['permits returned that were not in use', openLock, ask(0, 1), frame('RETURN', 0, 1, 1, 1, 0)],
  [
    'permits returned that are in use',
    openLock,
    ask(0, 1),
    frame('SPENT', 0, 0, 1, 0, 0),
    frame('RETURN', 0, 0, 1, 1, 0),
  ],
  ['news of deaths that it was not told', openLock, ask(0, 1), frame('SPENT', 0, 0, 1, 1, 0)],
  ['news of deaths returned that it was not told', openLock, frame('RETURN', 0, 0, 0, 1, 0xffff_ffff)],
  ['an item for a lock', openLock, ask(0, 1), put(1, one)],
  ['a forfeit that nobody has asked for', openLock, frame('CALL', 0, 1, value(['forfeited', true]))],
  ['a call that is no list', openShared, frame('CALL', 0, 1, value({ size: 1 }))],
  ['a call of no operation', openShared, frame('CALL', 0, 1, value([1]))],
  ['a tunnel opened twice', frame('TUNNEL_OPEN', 1), frame('TUNNEL_OPEN', 1)],
]

/** What is odd, or in vain, and hurts nobody. */
const HARMLESS: ReadonlyArray<Attack> = [
  ['a handle of what does not exist', open(0, 'nowhere', 'queue', null), ask(ITEMS, 1), put(1, one)],
  ['a call into the void', frame('CALL', 9, 1, value(['size']))],
  ['a call of an operation that does not exist', openShared, frame('CALL', 0, 1, value(['explode', { deep: [] }]))],
  ['a call of an operation that a pipe does not have', openPipe(true), frame('CALL', 0, 1, value(['size']))],
  ['leaving an end twice', openPipe(true), leave, leave, frame('RELEASE', 0), frame('RELEASE', 0)],
  ['receiving after leaving', openPipe(true), leave, ask(ITEMS, 1), frame('SPENT', 0, ITEMS, 9, 0, 0)],
  ['room given back that the end does not have', openPipe(false), frame('RETURN', 0, SLOTS, 0, 0, 0)],
  ['back what never left, of a queue', openShared, putBack(1, one)],
  ['back what never left, of what does not exist', open(0, 'nowhere', 'queue', null), putBack(1, one)],
  [
    'news of a connection that nobody wanted',
    openDirect,
    call('offered', 0, 'x'),
    call('ready', 0, true),
    call('went', 0),
  ],
  ['news of a connection over a pipe that has none', openPipe(true), call('offered', 0, 'x'), call('left', 0, true)],
  [
    'news of a connection to a queue',
    openShared,
    call('offered', 0, 'x'),
    call('left', 0),
    call('sync'),
    call('leave'),
  ],
  ...['offered', 'ready', 'went', 'sync', 'handOver', 'leave'].map(
    (operation): Attack => [
      `${operation} with rubbish`,
      openDirect,
      ...GARBAGE.map((garbage) => call(operation, garbage, garbage, garbage)),
    ],
  ),
  [
    'handing over what it has left, and the other way round',
    openDirect,
    leave,
    call('handOver'),
    leave,
    call('handOver'),
  ],
  ['the making of one end alone', open(0, 'x', 'connection', { duplex: true })],
  ['leaving an end that the other one is carried by', openPipe(true), ask(SLOTS, 1), leave, frame('RELEASE', 1)],
  [
    'a lock acquired and released over and over',
    openLock,
    ask(0, 1),
    frame('SPENT', 0, 0, 1, 0, 0),
    frame('ACK', 0, 1),
  ],
  ['a release of what nobody holds', openLock, frame('CALL', 0, 1, value(['release']))],
  ['a call of an operation that a lock does not have', openLock, frame('CALL', 0, 1, value(['size']))],
  ['a watch that is cancelled twice', openLock, frame('CANCEL', 0, 2, 7), frame('CANCEL', 0, 2, 7)],
  ['a cancellation of nobody', openShared, frame('CANCEL', 0, ITEMS, 77)],
  ['a fetch of what was not lent', openShared, frame('CALL', 0, 1, value(['fetch']))],
  ['moved buffers, none at all', openShared, ask(SLOTS, 1), frame('PUT_MOVED', 0, 0, 0, item(one))],
  ['room given back of a kind that it did not have', openBytes, frame('RETURN', 0, SLOTS, 0, 0xffff_ffff, 0)],
  ['an ACK for what was not taken', openJoinable, frame('ACK', 0, 77)],
  ['an unasked RETURN of nothing', openShared, frame('RETURN', 0, ITEMS, 0, 0, 0xffff_ffff)],
  ['a huge window', openShared, frame('ASK', 0, SLOTS, 1, 0, 0, 0xffff_ffff)],
  ['the end of a tunnel that is not there', frame('TUNNEL_END', 4)],
  ['bytes for a tunnel that is not there', frame('TUNNEL', 4, one)],
  ['a channel let go twice', openShared, frame('RELEASE', 0), frame('RELEASE', 0)],
  ['a tunnel with rubbish in it', frame('TUNNEL_OPEN', 1), frame('TUNNEL', 1, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))],
  ['fields beyond those that are known', openShared, frame('CANCEL', 0, ITEMS, 1, 2, 3, 4)],
  ['a room for an item of 4 GB', openBytes, ask(SLOTS, 1, 0xffff_ffff)],
]

function table(attacks: readonly Attack[]): Array<{ what: string; stream: Uint8Array[] }> {
  return attacks.map(([what, ...stream]) => ({ what, stream }))
}

describe('a peer that sends', () => {
  let town: Town
  let stranger: Stranger

  beforeEach(async () => {
    town = new Town()
    await town.clock.settle()
    stranger = new Stranger(town.hub)
  })

  test.each(table(FORBIDDEN))('$what is closed, and nobody else notices', async ({ stream }) => {
    for (const part of stream) {
      expect(stranger.closed).toBe(false)
      stranger.says(part)
      await town.clock.settle()
    }
    expect(stranger.error).toBeInstanceOf(ProtocolError)
    await expectPeace(town)
  })

  test.each(table(HARMLESS))('$what hurts nobody', async ({ stream }) => {
    for (const part of stream) stranger.says(part)
    await town.clock.settle()
    expect(stranger.error).toBeUndefined()
    stranger.leaves()
    await expectPeace(town)
  })

  test('less than it reserved room for, or more, leaves the room as large as it was', async () => {
    stranger.says(concat(openBytes, ask(SLOTS, 1, 40), ask(SLOTS, 2, 10)))
    await town.clock.settle()
    stranger.says(put(1, one)).says(put(1, value('longer than what it reserved')))
    await town.clock.settle()
    expect(stranger.error).toBeUndefined()
    stranger.leaves()
    await expectPeace(town)
  })

  test('back more room than it had leaves the room as large as it was', async () => {
    stranger.says(concat(openBytes, ask(SLOTS, 1, 10)))
    await town.clock.settle()
    stranger.says(frame('RETURN', 0, SLOTS, 1, 0xffff_ffff, 0))
    await expectPeace(town)
  })

  test.each(['shared', 'bytes', 'joinable'] as const)(
    'back items that it cannot know of yet, or has spent, is closed, and the %s queue loses nothing',
    async (name) => {
      const { kind, id } = { shared: SHARED.plain, bytes: SHARED.bytes, joinable: SHARED.joinable }[name]
      stranger.says(concat(open(0, id, kind, null), ask(ITEMS, 1)))
      const gets = [1, 2].map(() => town[name].get())
      for (const item of [1, 2]) await town.outcome(town[name].put(item))
      // It is told to give back the one that it has, and does not; meanwhile it gets others.
      stranger.says(concat(ask(ITEMS, 2), ask(ITEMS, 3)))
      for (const item of [3, 4, 5]) await town.outcome(town[name].put(item))
      stranger.says(frame('SPENT', 0, ITEMS, 2, 0, 0))
      stranger.says(frame('RETURN', 0, ITEMS, 1, 0, 0))
      expect(stranger.error).toBeInstanceOf(ProtocolError)
      await Promise.all(gets)
      await expectPeace(town)
    },
  )

  test('a block beyond its range, twice, or without room for the item leaves its range to others', async () => {
    const block = (offset: number) => frame('PUT_BLOCK', 0, offset, 40_000, item(one))
    town.hub.shareArena()
    await town.clock.settle()
    const { range } = stranger
    stranger.leaves()
    for (const attack of [[block(0)], [ask(SLOTS, 1), block(RANGE_SIZE)], [ask(SLOTS, 1), block(0), block(0)]]) {
      const next = new Stranger(town.hub).says(openShared)
      for (const part of attack) {
        await town.clock.settle()
        next.says(part)
      }
      expect([next.error, next.range]).toEqual([expect.any(ProtocolError), range])
      await expectPeace(town)
    }
  })

  test('a handle of what comes into being only later does not take it along', async () => {
    stranger.says(concat(openShared, ask(SLOTS, 1)))
    await town.clock.settle()
    stranger.says(frame('PUT_REFS', 0, 1, item(new TextEncoder().encode('later')), item(one)))
    town.hub.create('later', 'queue', {})
    town.hub.retain(['later'])
    await town.capacities()
    expect(town.hub.find('later')).toBeDefined()
  })

  test('tunnels within tunnels, as deep as it likes, does not bring the hub down', async () => {
    for (let depth = 1; depth <= 4096; depth *= 2) {
      let stream = concat(openShared, frame('TUNNEL_OPEN', 1))
      for (let i = 0; i < depth; i++) stream = concat(frame('TUNNEL_OPEN', 1), frame('TUNNEL', 1, stream))
      const digger = new Stranger(town.hub).says(stream)
      await town.clock.settle()
      if (!digger.closed) digger.leaves()
      await expectPeace(town)
    }
  })

  test('tunnels a few levels deeper each time does not bring the hub down', async () => {
    for (let depth = 0; depth < 2000; depth += 40) {
      let stream = frame('TUNNEL_OPEN', 1)
      for (let i = 0; i < 40; i++) stream = concat(frame('TUNNEL_OPEN', 1), frame('TUNNEL', 1, stream))
      for (let i = 0; i < depth; i++) stream = frame('TUNNEL', 1, stream)
      stranger.says(stream)
    }
    await town.clock.settle()
    if (!stranger.closed) stranger.leaves()
    await expectPeace(town)
  })

  test('the heads of a thousand long frames and nothing else costs no more than it sends, within reason', async () => {
    const before = process.memoryUsage().rss
    const crowd = Array.from({ length: 1000 }, () => new Stranger(town.hub))
    for (const each of crowd) each.says(concat(Uint8Array.of(0x4d, 1, 7, 0), u32(DEFAULT_MAX_FRAME)))
    // Each may have been promised memory; none of it may have been touched.
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6)
    for (const each of crowd) each.leaves()
    await expectPeace(town)
  })
})

async function expectPeace(town: Town): Promise<void> {
  expect(await town.works()).toBe(true)
  expect(await town.capacities()).toEqual({ shared: 6, bytes: 60, joinable: 4 })
  // Three shared queues, the private one, and the dead letters.
  expect(town.hub.size).toBe(5)
}
