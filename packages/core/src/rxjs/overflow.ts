import { FullError } from '../errors.ts'
import { whole } from '../pool/pool-options.ts'

/** What a stage does with an item that comes although it has no room: from a source that does not wait for demand. */
export type Overflow = 'buffer' | 'error' | 'drop-oldest' | 'drop-newest'

const POLICIES: readonly Overflow[] = ['buffer', 'error', 'drop-oldest', 'drop-newest']
/** Told of once this many times `maxsize` wait. */
const MANY = 10

/** How much a stage takes, and what becomes of more. */
export interface IntakeOptions {
  /** No more items than this are in the stage: those that wait, that are being worked on, and whose results wait. */
  readonly maxsize?: number | undefined
  /** What becomes of an item for which there is no room; `'buffer'` unless given, with a warning at ten times `maxsize`. */
  readonly overflow?: Overflow | undefined
}

/** @throws TypeError at a policy that is none */
export function checkedOverflow(overflow: Overflow = 'buffer'): Overflow {
  if (POLICIES.includes(overflow)) return overflow
  throw new TypeError(`overflow must be one of ${POLICIES.join(', ')}, not ${String(overflow)}`)
}

/** @throws ValueError unless it is a whole number of at least 1 */
export function checkedMaxsize(maxsize: number): number {
  return whole('maxsize', maxsize, 1)
}

export function overflowError(name: string, maxsize: number, item: unknown): FullError {
  return new FullError(
    `${name} is full: its source does not wait for demand, and ${maxsize} items are in it; raise maxsize, choose another ` +
      "overflow than 'error', or let the source wait: from() of Millrace does",
    item,
  )
}

/** Warns of a stage whose buffer has become long, once. */
export class OverflowWarning {
  readonly #name: string
  readonly #many: number
  #told = false

  constructor(name: string, maxsize: number) {
    this.#name = name
    this.#many = MANY * maxsize
  }

  buffered(count: number): void {
    if (this.#told || count <= this.#many) return
    this.#told = true
    console.warn(
      `${this.#name}: ${count} items wait for room, ${MANY} times its maxsize, and their source does not wait for demand: ` +
        "let it (from() of Millrace does), or say what to do with them: overflow: 'error' | 'drop-oldest' | 'drop-newest'",
    )
  }
}
