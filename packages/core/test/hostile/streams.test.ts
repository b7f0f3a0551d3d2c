import { expect, test } from 'vitest'
import { MillraceError, ProtocolError } from '../../src/errors.ts'
import { Random } from '../random.ts'
import { thorough } from '../thorough.ts'
import { mutate } from './mutate.ts'
import { recordSessions } from './recorded.ts'
import { Stranger } from './stranger.ts'
import { SHARED, Town } from './town.ts'

const SEEDS = thorough(10_000, 2_000)
/** How often the shared queues are emptied and measured. */
const AUDIT = 250

const ONLY = process.env.MILLRACE_SEED

test(`whatever a peer sends, the hub and its other peers go on: ${SEEDS} mutated sessions`, async () => {
  const sessions = await recordSessions()
  const town = new Town()
  await town.clock.settle()
  town.hub.directAfter = 1
  const { size } = town.hub
  const before = memory()
  const outcomes = { closed: 0, harmless: 0 }
  for (let seed = 1; seed <= SEEDS; seed++) {
    if (ONLY !== undefined && seed !== Number(ONLY)) continue
    const random = new Random(seed)
    const error = await attack(town, mutate(random.pick(sessions), random, sessions), random).catch((cause) => {
      throw new Error(`seed ${seed} (replay it with MILLRACE_SEED=${seed}): ${cause}`, { cause })
    })
    outcomes[error === undefined ? 'harmless' : 'closed']++
    if (seed % AUDIT === 0 || ONLY !== undefined) await audit(town, size, `seed ${seed}`)
  }
  expect(memory() - before).toBeLessThan(100e6)
  // Neither kind of session may be rare, or the mutations prove nothing.
  if (ONLY === undefined) expect(Math.min(outcomes.closed, outcomes.harmless)).toBeGreaterThan(SEEDS / 20)
})

async function attack(town: Town, stream: Uint8Array, random: Random): Promise<MillraceError | undefined> {
  const stranger = new Stranger(town.hub)
  for (let at = 0; at < stream.length; ) {
    const end = Math.min(stream.length, at + random.pick([1, 9, 50, 500, 50_000]))
    stranger.says(stream.subarray(at, end))
    at = end
    if (random.chance(0.2)) await town.clock.settle()
  }
  await town.clock.settle()
  expect(await town.works()).toBe(true)
  const { error } = stranger
  if (!stranger.closed) stranger.leaves()
  if (error === undefined) return undefined
  expect(error).toBeInstanceOf(ProtocolError)
  // What the hub did not foresee is closed as well, but it may have been left half done.
  if (error.cause !== undefined && !(error.cause instanceof MillraceError)) throw error.cause
  return error
}

async function audit(town: Town, size: number, when: string): Promise<void> {
  const { plain, bytes, joinable } = SHARED
  expect(await town.capacities(), `room after ${when}`).toEqual({
    shared: plain.options.maxsize,
    bytes: bytes.options.maxbytes,
    joinable: joinable.options.maxsize,
  })
  expect(town.hub.size, `primitives after ${when}`).toBe(size)
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
