import { describe, expect, test } from 'vitest'
import { BITS, formatFixed, fromNumber, parseFixed, toNumber, withBits } from '../src/fixed-point.ts'

describe('a number in fixed point', () => {
  test.each(['0.000', '1.500', '-0.743', '3.999', '-0.001'])('is read and written: %s', (text) => {
    // Writing cuts off, and no binary number is quite this one.
    expect(formatFixed(parseFixed(`${text}5`), 3)).toBe(text)
  })

  test('keeps digits that no double could', () => {
    const text = '-0.7436438870371587047521915061147740000000000000000000000000001'
    expect(formatFixed(parseFixed(`${text}5`), text.length - 3)).toBe(text)
  })

  test.each([0, 1, -1.75, 2 ** -60, 3e-55, -7.1e-130, 123456.75])('is %d as a double, there and back', (value) => {
    expect(toNumber(fromNumber(value))).toBe(value)
  })

  test('has more or fewer binary places', () => {
    const half = fromNumber(-0.5)
    expect(toNumber(withBits(half, BITS, 64), 64)).toBe(-0.5)
    expect(withBits(withBits(half, BITS, 64), 64, BITS)).toBe(half)
  })

  test.each(['', '1e-5', 'x', '1.2.3', '0x1'])('is not read from %j', (text) => {
    expect(() => parseFixed(text)).toThrow(SyntaxError)
  })
})
