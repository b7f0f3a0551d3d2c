import { UnreadBlobs, withContents } from './blob.ts'
import type { CallChannel } from './call-channel.ts'
import { encode, ownCopy } from './codec.ts'
import type { Context } from './context.ts'
import { Deadline } from './deadline.ts'
import { EncodeError, ValueError } from './errors.ts'
import { checkRefs } from './foreign-refs.ts'
import { FRAME_OVERHEAD } from './frame.ts'
import { inWords } from './in-words.ts'
import type { WaitOptions } from './lessee.ts'
import { checkLength } from './outbox.ts'
import { identityOf, type StoredOnWire } from './primitives/stored.ts'

/** What a call was answered. */
export interface Answered {
  readonly facts: readonly unknown[]
  readonly values: readonly unknown[]
}

/** More bytes of values than this are sent ahead of their call. */
const PAGE = 1024 * 1024
/** What a call needs besides its values. */
const CALL_OVERHEAD = 1024
/** How often a race is run before the key is reserved. */
const RACES = 3
/** How often a holder of the key may lose against its own process. */
const OWN_RACES = 100

/**
 * This context's end of what keeps values: a channel whose calls carry values as bytes, since the hub decodes none.
 * What a call carries is encoded at once, and calls arrive in the order in which they were made.
 */
export class StoredValues {
  readonly channel: CallChannel
  readonly #context: Context

  constructor(context: Context, channel: CallChannel) {
    this.#context = context
    this.channel = channel
  }

  /** @throws EncodeError if a value cannot travel, or has to be handed over */
  ask(operation: string, values: readonly unknown[] = [], args: readonly unknown[] = [], ticket: number | null = null) {
    let packed: StoredOnWire[]
    try {
      packed = pack(values, this.#context)
    } catch (error) {
      if (!(error instanceof UnreadBlobs)) return Promise.reject(error)
      const send = () => this.#send(operation, pack(values, this.#context), args, ticket)
      return withContents(error.blobs, () => [send()] as const).then(([answer]) => answer)
    }
    return this.#send(operation, packed, args, ticket)
  }

  /** As `ask`, of which nothing comes back. */
  tell(operation: string, values: readonly StoredOnWire[]): void {
    this.#sendAhead(values, (rest) => this.channel.tell(operation, null, rest))
  }

  #send(operation: string, values: StoredOnWire[], args: readonly unknown[], ticket: number | null): Promise<Answered> {
    return this.#sendAhead(values, (rest) => this.#receive(this.channel.call(operation, ticket, rest, ...args)))
  }

  /** What does not fit in one frame goes first. */
  #sendAhead<R>(values: readonly StoredOnWire[], last: (rest: readonly StoredOnWire[]) => R): R {
    let from = 0
    let size = 0
    values.forEach((value, i) => {
      const more = sizeOf(value)
      if (i > from && size + more > PAGE) {
        this.channel.tell('ahead', values.slice(from, i))
        from = i
        size = 0
      }
      size += more
    })
    return last(from === 0 ? values : values.slice(from))
  }

  async #receive(answer: Promise<unknown>): Promise<Answered> {
    const [facts, first, loan, next] = (await answer) as Page
    try {
      const values = first.map((value) => this.decode(value))
      for (let rest = next; rest !== 0; ) {
        const [, page, , further] = (await this.channel.call('more', rest)) as Page
        for (const value of page) values.push(this.decode(value))
        rest = further
      }
      return { facts, values }
    } finally {
      // Its handles have been opened by now.
      if (loan !== 0) this.channel.tell('seen', loan)
    }
  }

  /** What tells a key from others at the hub. */
  identityOf(key: unknown): string {
    const { bytes, start, end } = encode(key)
    return identityOf(bytes.subarray(start, end))
  }

  decode(value: StoredOnWire): unknown {
    const bytes = value instanceof Uint8Array ? value : value[0]
    return this.#context.decode(bytes, 0, bytes.length)
  }

  /**
   * Reads, and changes what was read unless somebody else has meanwhile, until that succeeds. After a few failures the
   * key is reserved: then nobody else changes it until this has.
   *
   * @param attempt undefined: somebody else was faster; what takes its time goes through the deadline
   */
  async contend<T>(
    key: string,
    attempt: (ticket: number | null, deadline: Deadline) => Promise<{ readonly won: T } | undefined>,
    options: WaitOptions | undefined,
  ): Promise<T> {
    const deadline = this.deadline('update', options)
    deadline.check()
    for (let i = 0; i < RACES; i++) {
      if (i > 0) deadline.again()
      const outcome = await attempt(null, deadline)
      if (outcome !== undefined) return outcome.won
    }
    const free = (ticket: unknown) => this.channel.tell('free', key, ticket)
    const expired = (): never => {
      throw deadline.late()
    }
    const call = { operation: 'reserve', args: [key], expired, unclaimed: free }
    const ticket = await this.channel.wait<number>(call, deadline.left)
    try {
      for (let i = 0; i < OWN_RACES; i++) {
        deadline.again()
        const outcome = await attempt(ticket, deadline)
        if (outcome !== undefined) return outcome.won
      }
    } finally {
      free(ticket)
    }
    throw new ValueError(`${this.channel.name}: the function that computes the new value sets it, too, by itself`)
  }

  deadline(operation: string, options: WaitOptions | undefined): Deadline {
    return new Deadline(this.#context.clock, operation, this.channel, options)
  }
}

type Page = [facts: unknown[], values: StoredOnWire[], loan: number, next: number]

/** @throws TypeError at what `getVersioned` never gave */
export function checkRevision(revision: number): number {
  if (Number.isInteger(revision)) return revision
  throw new TypeError(`a revision is a number that getVersioned() gave, not ${inWords(revision)}`)
}

/** @throws UnreadBlobs if there are Blobs in it */
export function pack(values: readonly unknown[], context: Context): StoredOnWire[] {
  return values.map((value) => packOne(value, context))
}

function packOne(value: unknown, context: Context): StoredOnWire {
  const encoded = encode(value)
  checkLength(encoded, context.maxFrame - CALL_OVERHEAD + FRAME_OVERHEAD)
  if (encoded.moved.length > 0)
    throw new EncodeError('a connection cannot be kept where many can get it: it is handed over; put it in a queue')
  const { bytes, refs } = ownCopy(encoded)
  if (refs !== undefined) checkRefs(refs, context)
  return refs === undefined ? bytes : [bytes, ...refs]
}

function sizeOf(value: StoredOnWire): number {
  return value instanceof Uint8Array ? value.length : value[0].length
}
