import { describe, expect, test } from 'vitest'
import { Inspection } from '../src/messages/inspection.ts'
import { type CaseName, caseNames, payloadOf } from '../src/messages/load.ts'

const spoilt: Record<CaseName, unknown> = {
  int: 123_457,
  object: { id: 123_457, name: 'millrace', tags: ['a', 'b'], ok: true },
  'string-1k': 'x'.repeat(1023),
  'bytes-64k': new Uint8Array(65_536),
  'bytes-1m': new Uint8Array(1_048_576),
  'bytes-1m-moved': new Uint8Array(1_048_576),
  'round-trip': null,
}

describe.each(caseNames)('the inspection of %s', (name) => {
  test('finds a good verdict for messages as they were sent', () => {
    const inspection = new Inspection(name)
    inspection.see(payloadOf(name))
    inspection.see(structuredClone(payloadOf(name)))
    expect(inspection.verdict()).toBe(true)
  })

  test('notices one spoilt message among good ones, and forgets it with the verdict', () => {
    const inspection = new Inspection(name)
    for (const message of [payloadOf(name), spoilt[name], payloadOf(name)]) inspection.see(message)
    expect(inspection.verdict()).toBe(false)
    inspection.see(payloadOf(name))
    expect(inspection.verdict()).toBe(true)
  })

  test('finds no good verdict where no message came', () => {
    expect(new Inspection(name).verdict()).toBe(false)
  })
})

test('the last message is looked at closely', () => {
  const inspection = new Inspection('object')
  inspection.see({ id: 123_456, name: 'millrace', tags: ['b', 'a'], ok: true })
  expect(inspection.verdict()).toBe(false)
})
