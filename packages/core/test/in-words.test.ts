import { expect, test } from 'vitest'
import { inWords, traceInWords } from '../src/in-words.ts'

const { proxy, revoke } = Proxy.revocable({}, {})
revoke()
const wordless = Object.assign(new Error('x'), { stack: Object.create(null) })

test('every value can be told in words, also what has none', () => {
  expect([3, undefined, Symbol('s'), new RangeError('r')].map(inWords)).toEqual([
    '3',
    'undefined',
    'Symbol(s)',
    'RangeError: r',
  ])
  for (const each of [Object.create(null), proxy]) {
    expect(inWords(each)).toBe('an object that has no words for itself')
    expect(traceInWords(each)).toBe('an object that has no words for itself')
  }
})

test('what was thrown is told with its trace, if it has one', () => {
  expect(traceInWords(new RangeError('r'))).toMatch(/RangeError: r[\s\S]*in-words\.test/)
  expect(traceInWords(wordless)).toBe('Error: x')
  expect(traceInWords('text')).toBe('text')
})
