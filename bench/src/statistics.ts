/** The middle value; of an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const above = sorted[Math.floor(middle)] ?? Number.NaN
  return Number.isInteger(middle) ? (above + (sorted[middle - 1] ?? Number.NaN)) / 2 : above
}

/** The median of each round's own ratio: a slow spell of the machine hits both sides of a round and cancels out. */
export function medianRatio(rounds: readonly number[], rival: readonly number[]): number {
  return median(rounds.map((rate, round) => rate / (rival[round] ?? Number.NaN)))
}
