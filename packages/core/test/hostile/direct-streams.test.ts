import { expect, test, vi } from 'vitest'
import type { Context } from '../../src/context.ts'
import { DirectWay } from '../../src/direct-way.ts'
import { MillraceError, ProtocolError } from '../../src/errors.ts'
import { Random } from '../random.ts'
import { thorough } from '../thorough.ts'
import { Encounter } from './encounter.ts'
import { mutate } from './mutate.ts'
import { recordDirectSessions } from './recorded.ts'
import { Town } from './town.ts'

const SEEDS = thorough(2_500, 500)

const ONLY = process.env.MILLRACE_SEED

test(`whatever the other holder of a pipe sends, the hub and everything else go on: ${SEEDS} mutated sessions`, async () => {
  const sessions = await recordDirectSessions()
  const town = new Town()
  const accomplice = town.settleIn('accomplice')
  await town.clock.settle()
  const { size } = town.hub
  const before = memory()
  const outcomes = { ended: 0, harmless: 0 }
  for (let seed = 1; seed <= SEEDS; seed++) {
    if (ONLY !== undefined && seed !== Number(ONLY)) continue
    const random = new Random(seed)
    const stream = mutate(random.pick(sessions), random, sessions)
    const ended = await attack(town, accomplice, stream, random).catch((cause) => {
      throw new Error(`seed ${seed} (replay it with MILLRACE_SEED=${seed}): ${cause}`, { cause })
    })
    outcomes[ended ? 'ended' : 'harmless']++
    expect(town.hub.size, `primitives after seed ${seed}`).toBe(size)
  }
  expect(memory() - before).toBeLessThan(100e6)
  // Neither kind of session may be rare, or the mutations prove nothing.
  if (ONLY === undefined) expect(Math.min(outcomes.ended, outcomes.harmless)).toBeGreaterThan(SEEDS / 20)
})

test('what was recorded is accepted as it is', async () => {
  for (const session of await recordDirectSessions()) {
    const town = new Town()
    const errors = errorsOfWays()
    await attack(town, town.settleIn('accomplice'), session, new Random(1))
    expect(errors()).toEqual([])
  }
})

/** Whether that ended their speaking without the hub. */
async function attack(town: Town, accomplice: Context, stream: Uint8Array, random: Random): Promise<boolean> {
  const errors = errorsOfWays()
  const encounter = await Encounter.in(town, accomplice)
  const { honest, wire } = encounter
  const controller = new AbortController()
  const { signal } = controller
  for (let i = 0; i < 3; i++) honest.recv({ signal }).catch(() => {})
  for (let i = 0; i < 3; i++) honest.send(`${i}`).catch(() => {})
  for (let at = 0; at < stream.length && !wire.closed; ) {
    const end = Math.min(stream.length, at + random.pick([9, 50, 100, 500]))
    wire.says(stream.slice(at, end))
    at = end
    if (random.chance(0.3)) await town.clock.settle()
    if (random.chance(0.3)) honest.recv({ signal }).catch(() => {})
  }
  await town.clock.settle()
  const ended = wire.closed
  controller.abort()
  const { accomplice: received } = await encounter.aftermath()
  expect(received[0]).toBe('through the hub')
  expect(town.resident.link.closed).toBe(false)
  expect(await town.works()).toBe(true)
  await encounter.parts()
  for (const error of errors()) {
    expect(error).toBeInstanceOf(ProtocolError)
    // What the way did not foresee ends it as well, but it may have been left half done.
    if (error.cause !== undefined && !(error.cause instanceof MillraceError)) throw error.cause
  }
  return ended
}

/** Watches why ways end; returns how to end that, and those that ended with an error. */
function errorsOfWays(): () => MillraceError[] {
  const ends = vi.spyOn(DirectWay.prototype, 'onClose')
  return () => {
    const errors = ends.mock.calls.flatMap(([error]) => error ?? [])
    ends.mockRestore()
    return errors
  }
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
