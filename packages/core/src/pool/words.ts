/**
 * What a pool and its workers say to each other.
 *
 * | way          | over           | message                        | meaning |
 * |--------------|----------------|--------------------------------|---------|
 * | pool → worker | the pipe      | [task, how, args]              | a unit; the so-manieth one has that number, and MUST be claimed before it is begun |
 * | pool → worker | the pipe      | [task, how, args, attempt]     | the same, for the so-manieth time |
 * | worker → pool | the pipe      | [number, µs, value]            | that unit is done, and took so long |
 * | worker → pool | the pipe      | [number, µs, value, reply]     | the same, but see `Reply` |
 * | worker → pool | the pipe      | [number, µs, value, reply, µs] | the same; so much of the time others had the core |
 * | pool → worker | the control queue | see `Order`                | MUST be heeded at once, whatever is in the pipe |
 *
 * A unit that was taken back is passed over: its claim is not there.
 */

/** How a unit's arguments are to be used; `STREAM` is added where values are wanted as they come. */
export const How = {
  /** One call with these arguments. */
  CALL: 0,
  /** A call for each of these. */
  EACH: 1,
  /** A call for each of these lists of arguments. */
  SPREAD: 2,
} as const

/** Added to a `How`: a call may give many values, and its failure does not end the others of the unit. */
export const STREAM = 4
/** Added to that: what a call gives is one value all the same, a list if it gives many. */
export const WHOLE = 8
/** Added to any: the arguments are bytes, to be decoded for themselves. */
export const SEALED = 16
/** Added to any: in place of the arguments there are those, and what whoever runs what the task returns is told. */
export const ACCOMPANIED = 32

export type UnitWord = readonly [task: number, how: number, args: readonly unknown[], attempt?: number, told?: unknown]

/** How many calls it asks for. */
export function callsIn([, how, args]: UnitWord): number {
  return (how & (How.EACH | How.SPREAD)) === How.CALL ? 1 : args.length
}

/** MessagePack's arrays of three and of four elements, which every unit is, and its numbers of one, two and four bytes. */
export const ARRAY_OF_3 = 0x93
export const ARRAY_OF_4 = 0x94
const U8 = 0xcc
const U16 = 0xcd
export const U32 = 0xce

/** The number of the task of the word that begins there; undefined: it is not that of a unit. */
export function kindIn(bytes: Uint8Array, start: number): number | undefined {
  if (bytes[start] !== ARRAY_OF_3 && bytes[start] !== ARRAY_OF_4) return undefined
  const first = bytes[start + 1]!
  if (first < 0x80) return first
  const width = first === U8 ? 1 : first === U16 ? 2 : first === U32 ? 4 : 0
  let kind = 0
  for (let i = 0; i < width; i++) kind = kind * 256 + bytes[start + 2 + i]!
  return width === 0 ? undefined : kind
}

export const Reply = {
  /** Not streamed: the unit is done; said only where more is said. */
  DONE: 0,
  /** The value is an error. */
  FAILED: 1,
  /** Streamed: the value is a list of [value] and [error, true], and more is to come; in place of µs: how many needed room so far. */
  MORE: 2,
  /** Streamed: the same, and this was the last. */
  LAST: 3,
  /** The unit was begun. */
  BEGUN: 4,
  /** No unit: the worker is ready to begin. */
  READY: 5,
  /** No unit: the initializer failed with that error. */
  UNFIT: 6,
  /** No unit: the worker uses so many bytes of memory. */
  MEMORY: 7,
  /** Not streamed: the unit is done, and its results have come one by one, as of one that is. */
  GIVEN: 8,
  /** No unit: the worker was asked whether it can still answer. */
  ALIVE: 9,
  /** No unit: claims may move to where they cost no system call. */
  SHARES: 10,
  /** No unit: the task of that number can be called now, or never. */
  LOADED: 11,
} as const

export type ReplyWord = readonly [number: number, us: number, value: unknown, reply?: number, delayed?: number]

/** One of the values that a streamed unit gives, or one of its errors. */
export type Emission = readonly [value: unknown] | readonly [error: unknown, failed: true]

export type Order =
  /** That number stands for this function from now on; `tell`: say when it is loaded, before any of its units is begun. */
  | readonly ['task', number: number, source: string, name: string, tell: boolean]
  /** That unit is to stop. */
  | readonly ['abort', number: number, reason: unknown]
  /** Values of that unit may be sent, so many more. */
  | readonly ['more', number: number, count: number]
  /** Say of each unit that it was begun, or say it no more. */
  | readonly ['watch', on: boolean]
  /** Answer that you live. */
  | readonly ['ping']
  /** Load that module: its tasks will come. */
  | readonly ['load', source: string]
  /** Nothing more will come: end. */
  | readonly ['stop']
