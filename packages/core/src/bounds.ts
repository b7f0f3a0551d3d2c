import { givenInWords } from './in-words.ts'

/** @throws TypeError at a bound that is no number; 0 and less mean none, as in Python. */
export function bound(name: string, value: number): number {
  if (typeof value !== 'number' || Number.isNaN(value))
    throw new TypeError(`${name} must be a number, not ${givenInWords(value)}`)
  // Less than one is still a bound.
  return value <= 0 || value === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.floor(value))
}
