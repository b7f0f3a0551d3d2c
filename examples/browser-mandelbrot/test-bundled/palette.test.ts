import { expect, test } from 'vitest'
import { colourOf, gradient } from '../src/palette.ts'

test('the set is black', () => {
  expect(colourOf(undefined)).toEqual([0, 0, 0])
})

test('close to the set it gets dark, far from it distance does not matter', () => {
  const light = (distance: number) => colourOf({ steps: 100, distance }).reduce((sum, part) => sum + part, 0)
  expect(light(0.01)).toBeLessThan(light(0.1))
  expect(light(0.1)).toBeLessThan(light(1))
  expect(light(10)).toBe(light(1_000))
})

test('colours change without a jump, all the way round', () => {
  for (let n = 0; n < 2_000; n++) {
    const [from, to] = [gradient(n / 1_000 - 1), gradient((n + 1) / 1_000 - 1)]
    for (const part of [0, 1, 2] as const) {
      expect(Math.abs(from[part] - to[part])).toBeLessThan(3)
      expect(from[part]).toBeGreaterThanOrEqual(0)
      expect(from[part]).toBeLessThanOrEqual(255)
    }
  }
  expect(gradient(3)).toEqual(gradient(0))
})

test('the first steps have colours, too', () => {
  for (const part of colourOf({ steps: -0.5, distance: 5 })) expect(part).toBeGreaterThan(0)
})
