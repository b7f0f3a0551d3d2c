import { type CaseName, isIntact, payloadOf } from './load.ts'

/**
 * What a receiver makes of its messages: a glance at each, so that none counts which was not decoded, and a close look
 * at the last.
 */
export class Inspection {
  readonly #case: CaseName
  readonly #glance: (message: unknown) => boolean
  #faults = 0
  #last: unknown

  constructor(name: CaseName) {
    this.#case = name
    this.#glance = glanceOf(payloadOf(name))
  }

  see(message: unknown): void {
    if (!this.#glance(message)) this.#faults++
    this.#last = message
  }

  /** Whether all messages since the last verdict arrived as they were sent. */
  verdict(): boolean {
    const intact = this.#faults === 0 && isIntact(this.#case, this.#last)
    this.#faults = 0
    this.#last = undefined
    return intact
  }

  /** @throws Error if a message since the last verdict did not arrive as it was sent. */
  expectIntact(): void {
    expectIntact(this.#case, this.verdict())
  }
}

/** Passes on a verdict, of this side or of the other. */
export function expectIntact(name: CaseName, verdict: unknown): void {
  if (verdict !== true) throw new Error(`A message of case '${name}' did not arrive as it was sent.`)
}

function glanceOf(payload: unknown): (message: unknown) => boolean {
  if (typeof payload === 'number') return (message) => message === payload
  if (typeof payload === 'string') return textGlance(payload)
  if (payload instanceof Uint8Array) return bytesGlance(payload)
  const { id } = payload as { id: number }
  return (message) => (message as { id: number }).id === id
}

function textGlance({ length }: string): (message: unknown) => boolean {
  return (message) => typeof message === 'string' && message.length === length && message.endsWith('x')
}

function bytesGlance(payload: Uint8Array): (message: unknown) => boolean {
  const { length } = payload
  const end = payload[length - 1]
  return (message) => message instanceof Uint8Array && message.length === length && message[length - 1] === end
}
