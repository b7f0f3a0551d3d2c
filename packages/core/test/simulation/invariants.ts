/** What the simulation watches, by name. */
export type Invariant =
  | 'nothing is lost'
  | 'nothing comes twice'
  | 'first in, first out'
  | 'maxsize is exact'
  | 'maxbytes is exact'
  | 'every operation settles'
  | 'no token leaks'
  | 'causal'
  | 'first come, first served'
  | 'a cancelled waiter takes nothing'
  | 'nowait is exact'
  | 'deliveries are counted'
  | 'nothing throws'
  | 'nothing remains'
  | 'the protocol is kept'
  | 'the world comes to rest'
  | 'the end of file is exact'
  | 'nobody waits for an event that is set'
  | 'no wake-up is lost or comes twice'
  | 'who has waited holds the lock'
  | 'all of a round pass, or none'
  | 'a barrier breaks when it has to, and not otherwise'
  | 'never more inside than permits'
  | 'whoever dies inside is told of'
  | 'a unit is begun once'
  | 'what is begun is what was claimed'
  | 'what nobody wants is not begun'
  | 'what is answered was held'
  | 'what fails with its worker was begun'
  | 'what was lost had not been begun'
  | 'what is ahead is bounded'
  | 'nobody is idle while something waits'
  | 'nothing waits behind a long one for long'
  | 'everything comes to its end'
  | 'no account is left open'

export class Violation extends Error {
  readonly invariant: Invariant

  constructor(invariant: Invariant, detail: string) {
    super(`${invariant}: ${detail}`)
    this.invariant = invariant
  }
}

/** What a run violates; undefined if every invariant held. */
export async function violationOf(run: () => unknown): Promise<Violation | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    if (error instanceof Violation) return error
    throw error
  }
}
