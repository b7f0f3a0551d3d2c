import type { Process } from '@millrace/node'
import { Random } from '../../../core/test/random.ts'

/** A seeded source of chance. */
export function chance(seed: number): () => number {
  const random = new Random(seed)
  return () => random.next()
}

/** A set of processes, or threads, in which the dead are replaced. */
export class Victims {
  /** Who they were: a process by its id, a thread by its own, negated. */
  readonly dead = new Set<number>()
  readonly #start: () => Process
  readonly #random: () => number
  #alive: Process[]

  constructor(count: number, random: () => number, start: () => Process) {
    this.#start = start
    this.#random = random
    this.#alive = Array.from({ length: count }, start)
  }

  /** Kills one at a random instant within `within` ms of now, and starts another. */
  async killOne(within: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#random() * within))
    const [victim] = this.#alive.splice(Math.floor(this.#random() * this.#alive.length), 1)
    this.#alive.push(this.#start())
    await this.#end(victim!)
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#alive.splice(0).map((victim) => this.#end(victim)))
  }

  async joinAll(): Promise<void> {
    await Promise.all(this.#alive.map((process) => process.join()))
  }

  async #end(victim: Process): Promise<void> {
    this.dead.add(victim.threadId === undefined ? victim.pid! : -victim.threadId)
    if (victim.kind === 'process' || this.#random() < 0.5) await victim.kill()
    else await victim.terminate({ grace: 10 })
    await victim.join()
  }
}

/** Which of the dead the system still knows; threads it does not. */
export function left(dead: Iterable<number>): number[] {
  return [...dead].filter((who) => who > 0 && exists(who))
}

export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
