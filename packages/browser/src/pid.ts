/** A page has no process id; those that it starts get one at random, so that they can be told apart. */
let mine = 0

/** The number of this worker; 0 in a page. */
export function pid(): number {
  return mine
}

export function becomePid(given: number): void {
  mine = given
}

export function newPid(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1) + 1
}
