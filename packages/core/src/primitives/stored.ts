import { ProtocolError } from '../errors.ts'
import type { Keeper } from './primitive.ts'

/** A value as the hub keeps it: bytes that it never decodes, and the handles in them. */
export interface Stored {
  readonly bytes: Uint8Array
  readonly refs: readonly string[]
}

/** How it travels in a call and in its answer: the bytes alone, or followed by the handles. */
export type StoredOnWire = Uint8Array | readonly [bytes: Uint8Array, ...refs: string[]]

const NO_REFS: readonly string[] = []

/** What a peer sent, with those of its handles that there are: one that is not here cannot be kept alive. */
export function storedFrom(value: unknown, hub: Keeper): Stored {
  if (value instanceof Uint8Array) return { bytes: value, refs: NO_REFS }
  const [bytes, ...refs] = Array.isArray(value) ? (value as unknown[]) : []
  if (!(bytes instanceof Uint8Array) || !refs.every((ref) => typeof ref === 'string'))
    throw new ProtocolError('a value that is none')
  return { bytes, refs: (refs as string[]).filter((ref) => hub.uses(ref) > 0) }
}

export function onWire({ bytes, refs }: Stored): StoredOnWire {
  return refs.length === 0 ? bytes : [bytes, ...refs]
}

/** What tells a value from others: equal values have equal bytes. */
export function identityOf(bytes: Uint8Array): string {
  let identity = ''
  for (let i = 0; i < bytes.length; i++) identity += String.fromCharCode(bytes[i]!)
  return identity
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Keeps alive what lies in answers until their receiver has taken it out of them. */
export class Loans {
  readonly #hub: Keeper
  readonly #lent = new Map<number, readonly string[]>()
  #last = 0

  constructor(hub: Keeper) {
    this.#hub = hub
  }

  /** Returns the number by which the receiver says that it has seen them; 0: there is nothing to keep. */
  lend(values: readonly Stored[]): number {
    const refs = values.flatMap((value) => value.refs)
    if (refs.length === 0) return 0
    this.#hub.retain(refs)
    this.#lent.set(++this.#last, refs)
    return this.#last
  }

  seen(number: number): void {
    const refs = this.#lent.get(number)
    if (refs === undefined) return
    this.#lent.delete(number)
    this.#hub.forgo(refs)
  }

  clear(): void {
    for (const number of [...this.#lent.keys()]) this.seen(number)
  }
}
