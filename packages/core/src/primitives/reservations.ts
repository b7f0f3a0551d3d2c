import type { Reply } from './primitive.ts'
import { EXPIRED, Waiters } from './waiters.ts'

/** What an operation changes if not one key. */
export const EVERYTHING: unique symbol = Symbol('everything')

/** A change that waits. */
export interface Parked {
  again(): void
  /** Whoever wanted it is gone. */
  drop(): void
}

interface Line<P extends object> {
  holder: { readonly port: P; readonly ticket: number }
  readonly waiters: Waiters<P>
  /** Changes by others, until the holder is done. */
  parked: Array<readonly [port: P, parked: Parked]>
}

/**
 * Who may change a key when several contend for it: whoever has lost the race too often reserves the key, and nobody
 * else changes it until the holder has, or is dead.
 *
 * **Fairness** First come, first served. What was parked goes ahead of the next holder.
 */
export class Reservations<P extends object> {
  readonly #lines = new Map<string, Line<P>>()

  reserve(key: string, port: P, ticket: number, nowait: boolean, reply: Reply): void {
    const line = this.#lines.get(key)
    if (line === undefined) {
      this.#lines.set(key, { holder: { port, ticket }, waiters: new Waiters(), parked: [] })
      reply.done(ticket)
    } else if (nowait) reply.done(EXPIRED)
    else line.waiters.add(port, ticket, reply)
  }

  /**
   * What becomes of a change if somebody else has reserved what is to be changed: one that contends has `lost`, any other
   * is `parked` until that is over.
   *
   * @param ticket whose change it is among those who contend; 0: who holds nothing; undefined: who does not contend
   */
  admit(
    changed: string | typeof EVERYTHING,
    port: P,
    ticket: number | undefined,
    parked: Parked,
  ): 'admitted' | 'parked' | 'lost' {
    const line = changed === EVERYTHING ? this.#firstOfOthers(port, ticket) : this.#lines.get(changed)
    if (line === undefined || isHolder(line, port, ticket)) return 'admitted'
    if (ticket !== undefined) return 'lost'
    line.parked.push([port, parked])
    return 'parked'
  }

  /** The holder is done. */
  end(key: string, port: P, ticket: number): void {
    const line = this.#lines.get(key)
    if (line !== undefined && isHolder(line, port, ticket)) this.#advance(key, line)
  }

  cancel(port: P, ticket: number): void {
    for (const { waiters } of this.#lines.values()) waiters.cancel(port, ticket)
  }

  /** The peer let go or died. */
  leave(port: P): void {
    for (const [key, line] of [...this.#lines]) {
      for (const [owner, parked] of line.parked) if (owner === port) parked.drop()
      line.parked = line.parked.filter(([owner]) => owner !== port)
      line.waiters.leave(port)
      if (line.holder.port === port) this.#advance(key, line)
    }
  }

  #advance(key: string, line: Line<P>): void {
    // Nobody holds the key while what waited for that is done.
    this.#lines.delete(key)
    for (const [, parked] of line.parked.splice(0)) parked.again()
    const next = line.waiters.shift()
    if (next === undefined) return
    line.holder = next
    this.#lines.set(key, line)
    next.reply.done(next.ticket)
  }

  #firstOfOthers(port: P, ticket: number | undefined): Line<P> | undefined {
    for (const line of this.#lines.values()) if (!isHolder(line, port, ticket)) return line
    return undefined
  }
}

/** A change that does not contend is the holder's if it comes from the same peer. */
function isHolder<P extends object>({ holder }: Line<P>, port: P, ticket: number | undefined): boolean {
  return holder.port === port && (ticket === undefined || holder.ticket === ticket)
}
