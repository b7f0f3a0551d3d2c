import { beforeEach, describe, expect, test } from 'vitest'
import { encodeAlone } from '../../src/codec.ts'
import { Connection } from '../../src/connection.ts'
import type { Connector } from '../../src/connector.ts'
import { BrokenPipeError, EndOfFileError, ProtocolError } from '../../src/errors.ts'
import { memoryTransports } from '../../src/memory-transport.ts'
import type { Transport } from '../../src/transport.ts'
import { concat, frame, item } from './bytes.ts'
import { Stranger } from './stranger.ts'
import { Town } from './town.ts'

const ID = 'x'
const BOUNDS = { maxsize: 0, maxbytes: 1000 }
const value = (of: unknown): Uint8Array => encodeAlone(of).bytes
const call = (...list: unknown[]): Uint8Array => frame('CALL', 0, 1, value(list))
const putBack = (...items: unknown[]): Uint8Array =>
  frame('PUT_BACK', 0, items.length, 0, ...items.map((each) => item(value(each))))
const offered = call('offered', 1, 'here')
const ready = call('ready', 1, true)
const went = call('went', 1)
const left = call('left', 1, false)

/** How far the stranger gets on its way before it misbehaves: each step, and what it says for it. */
const STEPS = [
  ['was asked for an address', undefined],
  ['said where it waits', offered],
  ['was sent on its way', ready],
  ['went', went],
  ['left', left],
] as const
const SENT_ON = 2
const WENT = 3

type Outcome = 'closed' | 'harmless'

/** What it says out of turn, and what becomes of it, after each step. */
const ATTACKS: ReadonlyArray<readonly [what: string, outcomes: readonly Outcome[], ...stream: Uint8Array[]]> = [
  ['that it waits somewhere else', all('harmless'), call('offered', 1, 'there'), call('offered', 1, 'anywhere')],
  ['an address that is none', all('harmless'), call('offered', 1, { port: 1 }), call('offered', 1)],
  ['a place where nobody answers, and that it is ready', all('harmless'), call('offered', 1, 'nowhere'), ready],
  ['where it waits, of another attempt', all('harmless'), call('offered', 2, 'here'), call('offered', '1', 'here')],
  ['a long address', all('harmless'), call('offered', 1, 'x'.repeat(100_000))],
  ['an address that is longer for who is told it', all('harmless'), lengthening()],
  ['that it is ready, of another attempt', all('harmless'), call('ready', 0, true), call('ready', 2, true)],
  ['that it is not ready', all('harmless'), call('ready', 1, false), call('ready', 1), ready],
  ['that it went, of another attempt', all('harmless'), call('went', 0), call('went', 7)],
  ['that it went, twice', all('harmless'), went, went],
  ['that it left', after(WENT, 'harmless', 'closed', 'closed'), left],
  ['that it left, twice', all('closed'), left, left],
  ['that it left, of another attempt', all('closed'), call('left', 2, false)],
  ['back what it did not have', after(WENT, 'harmless', 'closed', 'closed'), putBack('forged')],
  ['fewer items back than announced', all('closed'), frame('PUT_BACK', 0, 2, 0, item(value(1)))],
  ['a message', all('closed'), frame('PUT', 0, 1, 0, item(value('forged')))],
  ['that it receives no more', all('harmless'), call('handOver'), call('handOver')],
  ['that it receives no more, and asks for more', all('harmless'), call('handOver'), frame('ASK', 0, 1, 9, 0, 0, 0)],
  ['that it wants to know when that is', all('harmless'), call('sync', 1), call('sync')],
  ['that it gives back what it has not', all('closed'), frame('RETURN', 0, 1, 1, 0, 0)],
  [
    'asks without end',
    all('harmless'),
    concat(...Array.from({ length: 999 }, (_, i) => frame('ASK', 0, 0, i, 1, 0, 9))),
  ],
  ['fences and the like', all('closed'), frame('FENCE')],
]

function all(outcome: Outcome): Outcome[] {
  return STEPS.map(() => outcome)
}

function after(step: number, at: Outcome, before: Outcome, later: Outcome): Outcome[] {
  return STEPS.map((_, i) => (i < step ? before : i === step ? at : later))
}

/** A text of which each byte decodes to a character of three. */
function lengthening(): Uint8Array {
  const address = call('offered', 1, 'x'.repeat(8_000_000))
  return address.map((byte) => (byte === 0x78 ? 0xff : byte))
}

describe('a holder of a pipe who was asked to speak to the other one without the hub', () => {
  let town: Town
  let stranger: Stranger
  let honest: Connection
  let honestTransport: Transport
  let size: number

  beforeEach(async () => {
    town = new Town()
    await town.clock.settle()
    size = town.hub.size
    town.hub.directAfter = 3
    const transports = memoryTransports()
    honestTransport = transports[1]
    town.resident.connector = acceptAt('here', transports[0])
    stranger = new Stranger(town.hub)
    stranger.says(frame('OPEN', 0, value([ID, 'connection', { ...BOUNDS, duplex: true }])))
    honest = new Connection(
      { ...BOUNDS, readable: true, writable: true },
      { context: town.resident, id: `${ID}/other` },
    )
    for (const message of [1, 2, 3]) void honest.send(message)
    await town.clock.settle()
    town.hub.directAfter = Number.POSITIVE_INFINITY
  })

  const cases = STEPS.flatMap(([step], i) =>
    ATTACKS.map(([what, outcomes, ...stream]) => ({ step, i, what, outcome: outcomes[i]!, stream })),
  )

  test.each(cases)(
    '$step and says $what: that is $outcome, and nobody loses anything',
    async ({ i, outcome, stream }) => {
      for (const [, says] of STEPS.slice(1, i + 1)) {
        stranger.says(says!)
        await town.clock.settle()
      }
      for (const part of stream) if (!stranger.closed) stranger.says(part)
      await town.clock.settle()
      expect(stranger.error).toEqual(outcome === 'closed' ? expect.any(ProtocolError) : undefined)
      if (outcome === 'closed') return expectTheEnd()
      const received = await inherit()
      // What it was given when it went, and did not give back, it has received.
      const beforeItWent = i < SENT_ON || (i === SENT_ON && !stream.some(isWent))
      expect(received.filter((message) => message !== 'forged')).toEqual(beforeItWent ? [1, 2, 3, 'last'] : ['last'])
    },
  )

  test('gives back more than it was given, one by one, and keeps nobody waiting', async () => {
    stranger.says(offered)
    await town.clock.settle()
    stranger.says(concat(ready, went))
    await town.clock.settle()
    const many = 50_000
    const began = process.cpuUsage()
    stranger.says(concat(...Array.from({ length: many }, () => putBack('x'))))
    // With the square of how many there are it would take a minute of the processor, however busy that is.
    const { user, system } = process.cpuUsage(began)
    expect((user + system) / 1e6).toBeLessThan(10)
    expect(stranger.error).toBeUndefined()
    stranger.leaves()
    honestTransport.close()
    await town.clock.settle()
    expect(await town.works()).toBe(true)
  })

  test('never says anything again, and is gone: the other one comes to the end of file', async () => {
    for (const says of [offered, ready, went]) {
      stranger.says(says)
      await town.clock.settle()
    }
    const received = honest.recv().catch((error) => error._tag)
    stranger.leaves()
    honestTransport.close()
    await town.clock.settle()
    expect(await received).toBe('EndOfFileError')
  })

  /** Somebody else comes to hold the stranger's end, and the stranger goes: tells what the honest one's messages were. */
  async function inherit(): Promise<unknown[]> {
    const heir = new Connection(
      { ...BOUNDS, readable: true, writable: true },
      { context: town.settleIn('heir'), id: ID },
    )
    await town.clock.settle()
    if (!stranger.closed) stranger.leaves()
    honestTransport.close()
    const sent = [honest.send('last'), heir.send('answer')]
    await town.clock.settle()
    const received: unknown[] = []
    while (received.at(-1) !== 'last' && !(received.at(-1) instanceof Error))
      received.push(await town.outcome(heir.recv({ timeout: 0 })))
    expect(await town.outcome(honest.recv())).toBe('answer')
    await town.outcome(Promise.all(sent))
    await heir.close()
    await expectPeace()
    return received
  }

  /** Nobody holds the other end any more: the honest one learns of that. */
  async function expectTheEnd(): Promise<void> {
    honestTransport.close()
    expect(await town.outcome(honest.send('too late'))).toBeInstanceOf(BrokenPipeError)
    let end: unknown
    do end = await town.outcome(honest.recv())
    while (end === 'forged')
    expect(end).toBeInstanceOf(EndOfFileError)
    await expectPeace()
  }

  async function expectPeace(): Promise<void> {
    await honest.close()
    await town.clock.settle()
    expect(town.resident.link.closed).toBe(false)
    expect(await town.works()).toBe(true)
    expect(town.hub.size).toBe(size)
  }
})

function isWent(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes('went')
}

function acceptAt(expected: string, transport: Transport): Connector {
  return {
    offer: () => Promise.reject(new Error('the other one was to be asked')),
    accept: async (address) => {
      if (address === 'nowhere') return new Promise(() => {})
      if (address !== expected) throw new Error(`nobody waits at ${address.slice(0, 99)}`)
      return transport
    },
  }
}
