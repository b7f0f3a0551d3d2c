import { beforeEach, describe, expect, test } from 'vitest'
import { readU32 } from '../../src/bytes.ts'
import { decode, encodeAlone } from '../../src/codec.ts'
import type { Context } from '../../src/context.ts'
import { DecodeError } from '../../src/errors.ts'
import { DEFAULT_MAX_FRAME, Frame, LAST_TYPE } from '../../src/frame.ts'
import { concat, frame, item, u32 } from './bytes.ts'
import { Encounter } from './encounter.ts'
import { Town } from './town.ts'

const SLOTS = 0
const MAXSIZE = 4

const value = (of: unknown): Uint8Array => encodeAlone(of).bytes
const ask = (id: number, cost = 10, nowait = 0, window = 0): Uint8Array =>
  frame('ASK', 0, SLOTS, id, cost, nowait, window)
const put = (count: number, ...payloads: Uint8Array[]): Uint8Array => frame('PUT', 0, count, 0, ...payloads.map(item))
const grant = (count: number, id = 0, cost = 100): Uint8Array => frame('GRANT', 0, SLOTS, count, id, cost)
const seen = (bytes: number): Uint8Array => frame('SEEN', bytes)
const FENCE = frame('FENCE')
const FENCED = frame('FENCED')
const STOP = frame('STOP')
const one = value(1)

type Attack = readonly [what: string, ...stream: Uint8Array[]]

/** What nobody who behaves sends to the other holder of a pipe, each after all that it presupposes. */
const FORBIDDEN: ReadonlyArray<Attack> = [
  ['a wrong magic number', Uint8Array.of(0x4e, 1, 7, 0, 0, 0, 0, 0)],
  ['another version', Uint8Array.of(0x4d, 2, 7, 0, 0, 0, 0, 0)],
  ['flags', Uint8Array.of(0x4d, 1, 7, 1, 0, 0, 0, 0)],
  ['frame type 0', frame(0)],
  ['a frame type beyond the last', frame(LAST_TYPE + 1)],
  ['a frame of 4 GiB', concat(Uint8Array.of(0x4d, 1, 7, 0), u32(0xffff_ffff))],
  ['a frame one byte too long', concat(Uint8Array.of(0x4d, 1, 7, 0), u32(DEFAULT_MAX_FRAME + 1))],
  ...(
    [
      ...([
        'START',
        'ACK',
        'OPEN',
        'RELEASE',
        'PUT_REFS',
        'SPENT',
        'ITEMS',
        'NOTICE',
        'TUNNEL',
        'TUNNEL_OPEN',
      ] as const),
      ...(['TUNNEL_END', 'PUT_BLOCK', 'RANGE', 'FREE', 'PUT_MOVED', 'PUT_BACK'] as const),
    ] as const
  ).map((name): Attack => [`${name}, which is for a hub or from one`, frame(name, 0, 1, 0, item(one))]),
  ...(['PUT', 'ASK', 'CANCEL', 'RETURN', 'GRANT', 'DENY', 'RECALL', 'CALL', 'REPLY'] as const).map(
    (name): Attack => [`${name} without a body`, frame(name)],
  ),
  ['a message without a slot', put(1, one)],
  ['more messages than slots', ask(1), put(2, one, one)],
  ['a message for a slot that it gave back', ask(1), frame('RETURN', 0, SLOTS, 1, 10, 0), put(1, one)],
  ['fewer messages than announced', ask(1), put(2, one)],
  ['more messages than announced', ask(1), put(1, one, one)],
  ['a put of nothing', put(0)],
  ['4 billion messages', ask(1), put(0xffff_ffff, one)],
  ['a message longer than its frame', ask(1), frame('PUT', 0, 1, 0, u32(0xffff_ffff))],
  ['slots given back that were not lent', frame('RETURN', 0, SLOTS, 1, 0, 0)],
  ['4 billion slots given back', ask(1), frame('RETURN', 0, SLOTS, 0xffff_ffff, 0, 0)],
  ['two waiters with one id', ask(1, 5000), ask(2, 5000), ask(2, 5000)],
  ['a GRANT of nothing', grant(0)],
  ['an answer to nothing', frame('REPLY', 1, 0, one)],
  ['FENCED without a FENCE', FENCED],
  ['FENCED twice', FENCE, FENCED, FENCED],
  ['what is forbidden, behind a fence', FENCE, put(1, one), FENCED],
  ['what is forbidden, behind the second fence', FENCE, FENCE, frame('OPEN'), FENCED, FENCED],
  ['STOP', STOP],
  ['STOP twice', concat(STOP, STOP)],
  ['a message after STOP', ask(1), concat(STOP, put(1, one))],
  ['rubbish after STOP', concat(STOP, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9))],
  ['rubbish after STOP, behind a fence', FENCE, concat(STOP, put(0), frame('OPEN')), FENCED],
]

/** What is odd, or in vain, and hurts nobody. */
const HARMLESS: ReadonlyArray<Attack> = [
  ['4 billion slots, each good for 4 GB', grant(0xffff_ffff, 0, 0xffff_ffff), grant(0xffff_ffff, 0, 0xffff_ffff)],
  ['slots that are good for nothing', grant(3, 0, 0)],
  ['a slot for a waiter that there is not', grant(1, 77, 100)],
  ['a refusal of nobody', frame('DENY', 0, SLOTS, 77)],
  ['RECALLs of what it did not lend', ...Array.from({ length: 9 }, () => frame('RECALL', 0, SLOTS))],
  ['a cancellation of nobody', frame('CANCEL', 0, SLOTS, 77)],
  ['an unasked RETURN of nothing', frame('RETURN', 0, SLOTS, 0, 0, 0xffff_ffff)],
  ['lanes and channels that do not exist', frame('RECALL', 9, 9), frame('CANCEL', 9, 9, 1), frame('DENY', 9, 9, 1)],
  ['an ask for 4 GB', ask(1, 0xffff_ffff)],
  ['asks that cost nothing', ask(1, 0), ask(2, 0), ask(3, 0, 1)],
  ['a huge window', ask(1, 1, 0, 0xffff_ffff)],
  ['more waiters than there will ever be room for', ...Array.from({ length: 99 }, (_, i) => ask(i, 100))],
  ['SEEN beyond what was sent', seen(0x7fff_ffff), seen(0xffff_ffff)],
  ['SEEN that goes back', seen(60), seen(1)],
  ['SEEN without a body', frame('SEEN')],
  ['a call that nobody expects', frame('CALL', 5, 0xffff_ffff, one)],
  ['fields beyond those that are known', frame('CANCEL', 0, SLOTS, 1, 2, 3, 4), frame('FENCE', 1, 2), FENCED],
  ['a FENCE and nothing else', FENCE],
  ['fences within fences', FENCE, FENCE, ask(1), FENCED, FENCE, FENCED],
]

function table(attacks: readonly Attack[]): Array<{ what: string; stream: Uint8Array[] }> {
  return attacks.map(([what, ...stream]) => ({ what, stream }))
}

describe('somebody who speaks to the other holder of a pipe and sends', () => {
  let town: Town
  let accomplice: Context
  let encounter: Encounter
  let size: number

  beforeEach(async () => {
    town = new Town()
    accomplice = town.settleIn('accomplice')
    await town.clock.settle()
    size = town.hub.size
    encounter = await Encounter.in(town, accomplice)
  })

  async function says(...stream: Uint8Array[]): Promise<void> {
    for (const part of stream) {
      expect(encounter.wire.closed).toBe(false)
      encounter.wire.says(part)
      await town.clock.settle()
    }
  }

  async function expectPeace(honest: unknown[], other: unknown[] = ['through the hub']): Promise<void> {
    expect(await encounter.aftermath()).toEqual({ honest, accomplice: other })
    await encounter.parts()
    expect(town.resident.link.closed).toBe(false)
    expect(await town.works()).toBe(true)
    expect(town.hub.size).toBe(size)
  }

  test.each(table(FORBIDDEN))('$what is left, and all goes through the hub again', async ({ stream }) => {
    await says(...stream)
    expect(encounter.wire.closed).toBe(true)
    await expectPeace([])
  })

  test.each(table(HARMLESS))('$what hurts nobody', async ({ stream }) => {
    await says(...stream)
    expect(await encounter.goesOn()).toBe(true)
    await expectPeace([])
  })

  test.each(table(FORBIDDEN))('$what loses nothing that came before it', async ({ stream }) => {
    await says(ask(101), ask(102), ask(103), put(3, value('a'), value('b'), value('c')))
    expect(await town.outcome(encounter.honest.recv())).toBe('a')
    for (const part of stream) encounter.wire.says(part)
    await town.clock.settle()
    await expectPeace(['b', 'c'])
  })

  test.each(table(FORBIDDEN))('$what behind a fence that nobody lifts loses nothing, either', async ({ stream }) => {
    await says(ask(101), ask(102), put(1, value('a')), concat(FENCE, put(1, value('b'))))
    for (const part of stream) encounter.wire.says(part)
    await town.clock.settle()
    const sent = ['a', 'b']
    expect((await encounter.aftermath()).honest.slice(0, 2)).toEqual(sent)
    expect(await town.works()).toBe(true)
    expect(town.resident.link.closed).toBe(false)
  })

  test('behind a fence more than it has slots for gets no more through than it has slots for', async () => {
    await says(ask(1), concat(FENCE, put(1, value('a')), put(1, value('b')), put(1, value('c'))))
    await expectPeace(['a'])
  })

  test('a FENCE that nobody lifts and millions of frames behind it is left before that takes much memory', async () => {
    const { wire } = encounter
    const many = concat(...Array.from({ length: 8192 }, () => FENCE))
    const before = memory()
    let most = 0
    for (let i = 0; i < 500 && !wire.closed; i++) {
      wire.says(many.slice())
      most = Math.max(most, memory() - before)
    }
    expect(wire.closed).toBe(true)
    expect(most).toBeLessThan(200e6)
    await expectPeace([])
  })

  test('a FENCE and long messages behind it is asked to leave, and loses none of them if it does', async () => {
    await says(ask(1), ask(2), FENCE)
    const long = value('x'.repeat(15 << 20))
    encounter.wire.says(put(1, long)).says(put(1, long))
    for (let i = 0; i < 4 && encounter.wire.heard('STOP') === 0; i++) {
      encounter.wire.says(frame('CALL', 0, 1, long))
      await town.clock.settle()
    }
    expect([encounter.wire.heard('STOP'), encounter.wire.closed]).toEqual([1, false])
    await says(STOP, FENCED)
    expect(encounter.wire.closed).toBe(true)
    const { honest } = await encounter.aftermath()
    expect(honest.map((message) => String(message).length)).toEqual([15 << 20, 15 << 20])
  })

  test('the longest message that fits a frame gets it back through the hub', async () => {
    const overhead = put(1, value('x'.repeat(70_000))).length - 8 - 70_000
    const text = 'x'.repeat(DEFAULT_MAX_FRAME - overhead)
    await says(ask(1), put(1, value(text)), STOP)
    await expectPeace([text])
  })

  test('messages that do not decode spoils only those', async () => {
    const payloads = [Uint8Array.of(0xc1), new Uint8Array(0), Uint8Array.of(0x93, 1), value('good')]
    await says(...payloads.map((_, i) => ask(i + 1)), put(4, ...payloads))
    for (let i = 0; i < 3; i++) expect(await town.outcome(encounter.honest.recv())).toBeInstanceOf(DecodeError)
    await expectPeace(['good'])
  })

  test('a refusal to one who waits does not end the waiting', async () => {
    const sent = encounter.honest.send('for the hub')
    await town.clock.settle()
    const asked = encounter.wire.frames.findLast(({ type }) => type === Frame.ASK)!
    await says(frame('DENY', 0, SLOTS, readU32(asked.body, 8)))
    await expectPeace([], ['through the hub', 'for the hub'])
    await sent
  })

  test('a GRANT of nothing ahead of others does not have them given back for ever', async () => {
    await says(concat(grant(0, 0, 1), grant(3)))
    await town.outcome(encounter.honest.send('longer than the one byte that nothing was good for'))
    expect(encounter.wire.heard('RETURN')).toBeLessThan(10)
  })

  test('slots without end, and reads nothing, is sent no more than a kernel keeps; the rest goes another way', async () => {
    await says(grant(0xffff_ffff, 0, 0xffff_ffff))
    const text = 'x'.repeat(1000)
    const sends: Promise<void>[] = []
    for (let i = 0; i < 300; i++) {
      sends.push(encounter.honest.send(`${i}${text}`))
      if (i % 10 === 0) await town.clock.settle()
    }
    await town.clock.settle()
    const direct = encounter.wire.frames.flatMap(({ type, body }) => (type === Frame.PUT ? messagesIn(body) : []))
    expect(direct.length).toBeGreaterThan(50)
    expect(direct.length).toBeLessThan(192)
    encounter.wire.ends()
    await town.clock.settle()
    const { accomplice: received } = await encounter.aftermath()
    const all = [...direct, ...received.slice(1)]
    expect(all.map((message) => Number.parseInt(String(message), 10))).toEqual([...all.keys()])
    expect(all).toHaveLength(300)
    await Promise.all(sends)
  })

  test('nothing, when it is asked whether there is something, is not waited for without end', async () => {
    const polled = encounter.honest.poll()
    await town.clock.settle()
    expect(encounter.wire.heard('CALL')).toBe(1)
    await town.clock.advance(1_000)
    expect(await town.outcome(polled)).toBe(false)
    await expectPeace([])
  })

  test('asks beyond any bound is lent what there is', async () => {
    await says(...Array.from({ length: 50 }, (_, i) => ask(i, 1, 0, 0xffff_ffff)))
    const granted = encounter.wire.frames.filter(({ type }) => type === Frame.GRANT)
    expect(granted.reduce((sum, { body }) => sum + readU32(body, 8), 0)).toBe(MAXSIZE)
    await expectPeace([])
  })
})

function messagesIn(body: Uint8Array): unknown[] {
  const messages: unknown[] = []
  for (let at = 12; at < body.length; ) {
    const end = at + 4 + readU32(body, at)
    messages.push(decode(body, at + 4, end, { handle: () => ({}) }))
    at = end
  }
  return messages
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
