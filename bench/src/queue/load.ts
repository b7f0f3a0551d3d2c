import { isDeepStrictEqual } from 'node:util'

/** Which way the messages travel; a round trip is one message there and the same one back. */
export type Flow = 'to-child' | 'to-parent' | 'round-trip'

export type CaseName = 'int' | 'object' | 'string-1k' | 'bytes-64k' | 'bytes-1m' | 'round-trip'

/** What one measurement carries, and where to. */
export interface Load {
  readonly case: CaseName
  readonly flow: Flow
}

// `python/rival.py` lists the same payloads.
const payloads: Record<CaseName, unknown> = {
  int: 123_456,
  object: { id: 123_456, name: 'millrace', tags: ['a', 'b'], ok: true },
  'string-1k': 'x'.repeat(1024),
  'bytes-64k': bytes(64 * 1024),
  'bytes-1m': bytes(1024 * 1024),
  'round-trip': 123_456,
}

export const caseNames = Object.keys(payloads) as CaseName[]

export function payloadOf(name: CaseName): unknown {
  return payloads[name]
}

export function flowsOf(name: CaseName): readonly Flow[] {
  return name === 'round-trip' ? ['round-trip'] : ['to-child', 'to-parent']
}

/** Whether a message arrived as it was sent. A `Buffer` counts as the bytes that it is. */
export function isIntact(name: CaseName, message: unknown): boolean {
  const payload = payloads[name]
  if (!(payload instanceof Uint8Array)) return isDeepStrictEqual(message, payload)
  return message instanceof Uint8Array && Buffer.compare(message, payload) === 0
}

export function expectIntact(name: CaseName, message: unknown): void {
  if (!isIntact(name, message)) throw new Error(`A message of case '${name}' did not arrive as it was sent.`)
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 256)
}
