// What the workers of all subjects in JavaScript run. Both functions get by without anything around them, for there are
// pools that send their source text.

export function double(n: number): number {
  return n * 2
}

/** Computes for as long as the steps take; no compiler can leave one out, for all of them show in the result. */
export function busy(steps: number): number {
  let hash = steps
  for (let step = 0; step < steps; step++) hash = Math.imul(hash ^ step, 0x9e3779b1) ^ (hash >>> 15)
  return hash
}
