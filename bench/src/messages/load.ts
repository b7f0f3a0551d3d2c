/** Which way the messages travel; a round trip is one message there and the same one back. */
export type Flow = 'to-child' | 'to-parent' | 'round-trip'

export type CaseName = 'int' | 'object' | 'string-1k' | 'bytes-64k' | 'bytes-1m' | 'bytes-1m-moved' | 'round-trip'

/** What one measurement carries, and where to. */
export interface Load {
  readonly case: CaseName
  readonly flow: Flow
}

export const kibi = 1024
export const mebi = 1024 * kibi

// `python/rival.py` lists the same payloads. No module of a platform here: browsers load this, too.
const payloads: Record<CaseName, unknown> = {
  int: 123_456,
  object: { id: 123_456, name: 'millrace', tags: ['a', 'b'], ok: true },
  'string-1k': 'x'.repeat(kibi),
  'bytes-64k': bytes(64 * kibi),
  'bytes-1m': bytes(mebi),
  'bytes-1m-moved': stampedBytes(mebi),
  'round-trip': 123_456,
}

export const caseNames = Object.keys(payloads) as CaseName[]

export function payloadOf(name: CaseName): unknown {
  return payloads[name]
}

/** What gives one payload after the other to send: the same one each time, unless it moves away and is gone then. */
export function sourceOf(name: CaseName): () => unknown {
  if (moves(name)) return () => stampedBytes(mebi)
  const payload = payloads[name]
  return () => payload
}

/** Whether the memory of the payload goes to the receiver instead of a copy. */
export function moves(name: CaseName): boolean {
  return name === 'bytes-1m-moved'
}

export function flowsOf(name: CaseName): readonly Flow[] {
  return name === 'round-trip' ? ['round-trip'] : ['to-child', 'to-parent']
}

/** Whether a message arrived as it was sent. A `Buffer` counts as the bytes that it is. */
export function isIntact(name: CaseName, message: unknown): boolean {
  const payload = payloads[name]
  if (!(payload instanceof Uint8Array)) return JSON.stringify(message) === JSON.stringify(payload)
  if (!(message instanceof Uint8Array && message.length === payload.length)) return false
  return payload.every((byte, index) => message[index] === byte)
}

function bytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => index % 256)
}

/** Fresh memory with as little written into it as shows that it arrived: making it must not outweigh moving it. */
function stampedBytes(length: number): Uint8Array<ArrayBuffer> {
  const stamped = new Uint8Array(length)
  stamped[0] = 1
  stamped[length - 1] = 255
  return stamped
}
