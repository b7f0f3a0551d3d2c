import { LAST_TYPE } from '../../src/frame.ts'
import type { Random } from '../random.ts'
import { concat, frame, framesOf, u32 } from './bytes.ts'

/** Numbers at which a program that trusts them falls over. */
const NASTY = [0, 1, 2, 3, 7, 255, 65_536, 16 << 20, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]

type Mutation = (stream: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  truncate,
  insertBytes,
  overwriteNumber,
  changeHead,
  replayFrame,
  loseFrame,
  swapFrames,
  spliceSessions,
  goThroughTunnel,
  changePayload,
]

/** Turns a session of somebody who behaves into one of somebody who does not. */
export function mutate(stream: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  let mutated = new Uint8Array(stream)
  for (let i = random.between(1, 4); i > 0; i--)
    mutated = new Uint8Array(random.pick(MUTATIONS)(mutated, random, others))
  return mutated
}

function flipBits(stream: Uint8Array, random: Random): Uint8Array {
  for (let i = random.between(1, 8); i > 0 && stream.length > 0; i--)
    stream[random.int(stream.length)]! ^= 1 << random.int(8)
  return stream
}

function truncate(stream: Uint8Array, random: Random): Uint8Array {
  return stream.subarray(0, random.int(stream.length + 1))
}

function insertBytes(stream: Uint8Array, random: Random): Uint8Array {
  const at = random.int(stream.length + 1)
  return concat(stream.subarray(0, at), random.bytes(random.between(1, 40)), stream.subarray(at))
}

/** One of the integers in some frame: a channel, a count, a length, an id. */
function overwriteNumber(stream: Uint8Array, random: Random): Uint8Array {
  return changeFrame(stream, random, (bytes) => {
    const fields = (bytes.length - 8) >> 2
    if (fields > 0) bytes.set(u32(random.pick(NASTY)), 8 + 4 * random.int(Math.min(fields, 8)))
    return bytes
  })
}

function changeHead(stream: Uint8Array, random: Random): Uint8Array {
  return changeFrame(stream, random, (bytes) => {
    if (bytes.length < 8) return bytes
    if (random.chance(0.5)) bytes[2] = random.int(LAST_TYPE + 2)
    else bytes.set(u32(random.chance(0.5) ? random.pick(NASTY) : random.int(200)), 4)
    return bytes
  })
}

function replayFrame(stream: Uint8Array, random: Random): Uint8Array {
  const replayed = random.pick(framesOrAll(stream))
  return changeFrame(stream, random, (bytes) => concat(bytes, replayed))
}

function loseFrame(stream: Uint8Array, random: Random): Uint8Array {
  return changeFrame(stream, random, () => new Uint8Array(0))
}

function swapFrames(stream: Uint8Array, random: Random): Uint8Array {
  const frames = [...framesOrAll(stream)]
  const [a, b] = [random.int(frames.length), random.int(frames.length)]
  const moved = frames[a]!
  frames[a] = frames[b]!
  frames[b] = moved
  return concat(...frames)
}

function spliceSessions(stream: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const other = framesOrAll(random.pick(others))
  const own = framesOrAll(stream)
  return concat(...own.slice(0, random.int(own.length)), ...other.slice(random.int(other.length)))
}

function goThroughTunnel(stream: Uint8Array, random: Random): Uint8Array {
  const number = random.pick([1, 1, 2, 0xffff_ffff])
  return concat(frame('TUNNEL_OPEN', number), frame('TUNNEL', number, stream), frame('TUNNEL_END', number))
}

/** Somewhere behind the integers: what the hub decodes, or what it passes on. */
function changePayload(stream: Uint8Array, random: Random): Uint8Array {
  return changeFrame(stream, random, (bytes) => {
    for (let i = random.between(1, 3); i > 0 && bytes.length > 16; i--)
      bytes[random.between(16, bytes.length - 1)] = random.pick([
        0x91, 0xc1, 0xd4, 0xdd, 0xdf, 0xc6, 0x80, 0, 0xff, 0x4d,
      ])
    return bytes
  })
}

function changeFrame(stream: Uint8Array, random: Random, change: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const frames = framesOrAll(stream)
  const chosen = random.int(frames.length)
  return concat(...frames.map((bytes, i) => (i === chosen ? change(new Uint8Array(bytes)) : bytes)))
}

/** Earlier mutations may have left nothing that is a frame. */
function framesOrAll(stream: Uint8Array): readonly Uint8Array[] {
  const frames = framesOf(stream)
  return frames.length > 0 ? frames : [stream]
}
