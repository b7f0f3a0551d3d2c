import { ProtocolError } from '../errors.ts'
import { ABANDONED, HAND_OVER, LOCK, ownerIn, WAITED_FOR } from './lock-word.ts'
import type { Port, Reply } from './primitive.ts'
import { EXPIRED, Waiters } from './waiters.ts'

/** The answers to those who get the lock; the second one: somebody died with it, and nobody has asked who. */
export const ACQUIRED = 'acquired'
export const ABANDONED_LOCK = 'abandoned'

/** The hub itself, in the word of the lock: no context has that number. */
const HUB = HAND_OVER - 1

/**
 * Those who wait for a lock that is a word of shared memory; see `lock-word.ts`.
 *
 * **Fairness** Who waits here is served in order of arrival. Who comes by may take the lock before them when it gets free,
 * but only once: then its owner has to hand it over.
 *
 * **Cancellation** Who gave up is forgotten. The flag may stay in the word: the owner then tells in vain.
 *
 * **Death** `recover` takes the lock from an owner that is gone, marks it as abandoned, and passes it on. The mark stays
 * until an owner asks who died.
 */
export class SharedLockState<P extends Port> {
  readonly #header: Int32Array
  readonly #waiters = new Waiters<P>()
  /** What each that waits is called in the word. */
  readonly #owners = new WeakMap<P, number>()
  /** Whoever was the last to die with it. */
  #dead: string | undefined

  constructor(header: Int32Array) {
    this.#header = header
  }

  ask(port: P, owner: number, [ticket, nowait]: readonly unknown[], reply: Reply): void {
    if (typeof ticket !== 'number') throw new ProtocolError('a lock is waited for with a ticket')
    this.#owners.set(port, owner)
    for (;;) {
      const word = Atomics.load(this.#header, LOCK)
      if (ownerIn(word) === 0) {
        if (Atomics.compareExchange(this.#header, LOCK, word, owner) === word) return reply.done(this.#acquired())
      } else if (nowait === true) return reply.done(EXPIRED)
      else if (Atomics.compareExchange(this.#header, LOCK, word, word | WAITED_FOR) === word)
        return void this.#waiters.add(port, ticket, reply)
    }
  }

  cancel(port: P, ticket: number): void {
    this.#waiters.cancel(port, ticket)
  }

  /** Its owner needs it no more, and has left it to the hub. */
  pass(owner: number): void {
    // It may have been taken from it.
    if (ownerIn(Atomics.load(this.#header, LOCK)) !== owner) return
    const next = this.#waiters.shift()
    if (next === undefined) return void Atomics.store(this.#header, LOCK, 0)
    Atomics.store(this.#header, LOCK, this.#wordFor(next.port))
    next.reply.done(this.#acquired())
  }

  /** It was freed, though it may have been taken since: takes it for whoever is first. */
  wake(): void {
    while (this.#waiters.size > 0) {
      const word = Atomics.load(this.#header, LOCK)
      const owned = ownerIn(word) !== 0
      if (owned && Atomics.compareExchange(this.#header, LOCK, word, word | HAND_OVER) === word) return
      if (owned || Atomics.compareExchange(this.#header, LOCK, word, HUB) !== word) continue
      return this.pass(HUB)
    }
  }

  /** That one waits no more. */
  forget(port: P): void {
    this.#waiters.leave(port)
  }

  /** A context is gone: what it had is the next one's. */
  recover(owner: number, who: string): void {
    // It may have freed the lock and not told any more.
    if (ownerIn(Atomics.load(this.#header, LOCK)) !== owner) return this.wake()
    this.#dead = who
    Atomics.store(this.#header, ABANDONED, 1)
    this.pass(owner)
  }

  /** Tells the owner, and nobody after it, who died with the lock. */
  whoDied(owner: number): string | null {
    const isOwner = ownerIn(Atomics.load(this.#header, LOCK)) === owner
    if (!isOwner || Atomics.exchange(this.#header, ABANDONED, 0) === 0) return null
    return this.#dead ?? null
  }

  #wordFor(port: P): number {
    const owner = this.#owners.get(port)!
    return this.#waiters.size > 0 ? owner | WAITED_FOR : owner
  }

  #acquired(): string {
    return Atomics.load(this.#header, ABANDONED) === 0 ? ACQUIRED : ABANDONED_LOCK
  }
}
