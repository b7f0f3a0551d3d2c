/**
 * The words ahead of a block of shared memory, which all contexts see that share it.
 *
 * The lock is one word: 0, or its owner, perhaps with flags. Who finds 0 takes it, without the hub; who finds an owner
 * looks again for a while, then waits at the hub, which sets a flag:
 *
 * - `WAITED_FOR`: the owner frees the lock and tells the hub, which takes it for whoever is first, if it is still free.
 * - `HAND_OVER`, if it was not: the owner leaves the word alone and tells the hub, which passes it on.
 *
 * So a lock that many want does not go idle each time that it changes hands, and nobody waits for ever. Whatever happens
 * to an owner, the word says whose it was until the hub has seen to that.
 */
export const HEADER_BYTES = 16

/** The places of the words. */
export const LOCK = 0
/** Not 0: an owner died with the lock; the hub sets it back when it has told the next one who that was. */
export const ABANDONED = 1
/** How many contexts want to know of changes. */
export const WATCHERS = 2

/** In the word of the lock: its owner is to tell the hub that it is free. */
export const WAITED_FOR = 0x4000_0000
/** Its owner is to leave it to the hub. */
export const HAND_OVER = 0x2000_0000

/** What a context with that range is called in the word of the lock. */
export function ownerOf(range: number): number {
  return range + 1
}

/** Whose the lock is; 0: nobody's. */
export function ownerIn(word: number): number {
  return word & ~(WAITED_FOR | HAND_OVER)
}
