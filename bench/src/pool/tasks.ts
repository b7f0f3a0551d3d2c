// What the workers of all subjects in JavaScript run. Both functions get by without anything around them, for there are
// pools that send their source text.

export function double(n: number): number {
  return n * 2
}

/**
 * Computes for as long as the steps take, all of which show in the result. It calls itself, for a loop that the compiler
 * inlines into a pool's own function can take a third longer there: that would measure the compiler, not the pool.
 */
export function busy(steps: number): number {
  if (steps < 2) return steps
  const half = steps >>> 1
  return Math.imul(busy(half) ^ steps, 0x9e3779b1) ^ busy(steps - half)
}
