/**
 * Numbers with as many binary places as it takes: a BigInt n stands for n / 2^bits. A double ends at 16 digits; the
 * centre of a picture that is 10^-60 wide has 60 zeros before it even begins.
 */

/** The binary places of every coordinate that is kept: 190 decimal ones. */
export const BITS = 640

/** @throws SyntaxError if it is no decimal number */
export function parseFixed(text: string, bits = BITS): bigint {
  const [, sign, whole, fraction = ''] = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text) ?? []
  if (whole === undefined) throw new SyntaxError(`not a decimal number: ${text}`)
  const scaled = (BigInt(whole + fraction) << BigInt(bits)) / 10n ** BigInt(fraction.length)
  return sign === '-' ? -scaled : scaled
}

/** Decimal, rounded towards zero. */
export function formatFixed(value: bigint, places: number, bits = BITS): string {
  const size = ((value < 0n ? -value : value) * 10n ** BigInt(places)) >> BigInt(bits)
  const digits = String(size).padStart(places + 1, '0')
  const end = digits.length - places
  return `${value < 0n ? '-' : ''}${digits.slice(0, end)}${places > 0 ? `.${digits.slice(end)}` : ''}`
}

/** Exact, but for what is finer than the binary places. */
export function fromNumber(value: number, bits = BITS): bigint {
  if (value === 0) return 0n
  const lowest = Math.floor(Math.log2(Math.abs(value))) - 52
  const shift = BigInt(bits + lowest)
  const digits = BigInt(Math.round(value * 2 ** -lowest))
  return shift >= 0n ? digits << shift : digits >> -shift
}

/** The nearest double, or one beside it. */
export function toNumber(value: bigint, bits = BITS): number {
  if (value < 0n) return -toNumber(-value, bits)
  // Doubles end at 2^1024: low bits that do not count go first.
  const surplus = Math.max(0, value.toString(16).length * 4 - 64)
  return Number(value >> BigInt(surplus)) * 2 ** (surplus - bits)
}

/** The same number with fewer or more binary places. */
export const withBits = (value: bigint, from: number, to: number): bigint =>
  to >= from ? value << BigInt(to - from) : value >> BigInt(from - to)
