import { decodeSparing } from '../codec.ts'
import type { Context } from '../context.ts'
import type { Payload } from '../inbox.ts'
import { Undecodable } from '../revive.ts'
import { type Emission, Reply, type ReplyWord } from './words.ts'

/**
 * What can be read of a reply that could not be decoded: the result of which this process does not know the class, say,
 * fails, and nothing else does. Undefined: it is no reply.
 */
export function readable(context: Context, { bytes, start, end }: Payload, error: unknown): ReplyWord | undefined {
  let word: unknown
  try {
    word = decodeSparing(bytes, start, end, context)
  } catch {
    return undefined
  }
  if (!Array.isArray(word) || typeof word[0] !== 'number') return undefined
  const [number, us, value, reply] = word as unknown as ReplyWord
  if (reply === Reply.UNFIT) return [number, us, error, reply]
  if (reply !== Reply.MORE && reply !== Reply.LAST) return [number, us, error, Reply.FAILED]
  return [number, us, emissionsOf(value as readonly Emission[], error), reply]
}

/** Those that could be read, and an error in the place of each other one. */
function emissionsOf(emissions: readonly Emission[], error: unknown): Emission[] {
  const holed = emissions.map((emission) => holds(emission, new Set()))
  // It may be hidden within what a class has made of it.
  const all = !holed.includes(true)
  return emissions.map((emission, i): Emission => (all || holed[i] ? [error, true] : emission))
}

/** Whether what could not be decoded is anywhere in that value. */
function holds(value: unknown, seen: Set<unknown>): boolean {
  if (value instanceof Undecodable) return true
  if (typeof value !== 'object' || value === null || seen.has(value)) return false
  seen.add(value)
  const inner = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
  return inner.some((each) => holds(each, seen))
}
