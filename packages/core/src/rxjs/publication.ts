import type { Demand } from './demand.ts'
import type { Supply } from './supply.ts'

/**
 * How demand gets from a stage to the sources above it, through operators that know nothing of it:
 *
 *     source.pipe(map(f), mergeMap(g), stage)
 *
 *     stage   --subscribe--> mergeMap --subscribe--> map --subscribe--> source    the stage publishes its demand
 *     source  ----next-----> map -------next-------> mergeMap --subscribe--> g    and the source does, for another in g
 *
 * All these calls are synchronous, so a variable of this module will do. A source that subscribes at another time finds
 * the stage that it feeds with the first item that arrives there.
 */
export interface Publisher {
  /** The demand of whoever is subscribing, or of whom the source feeds that is calling. */
  readonly demand: Demand | undefined
  /** The source that is calling its subscriber, if one is. */
  readonly supply: Supply<never> | undefined
}

let current: Publisher | undefined

/** The innermost that is publishing at the moment. */
export function publisher(): Publisher | undefined {
  return current
}

/** Until `leave`, which is given what this returns, that one publishes; or nobody does. */
export function enter(next: Publisher | undefined): Publisher | undefined {
  const outer = current
  current = next
  return outer
}

export function leave(outer: Publisher | undefined): void {
  current = outer
  while (owed.length > 0 && current?.supply === undefined) owed.shift()!()
}

const owed: Array<() => void> = []

/** Runs it once no source is calling: what an operator is given in the midst of a call of its own could confuse it. */
export function betweenCalls(run: () => void): void {
  if (current?.supply === undefined) run()
  else owed.push(run)
}
