import type { Process } from '@millrace/node'

/** A seeded source of chance: mulberry32. */
export function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** A set of processes in which the dead are replaced. */
export class Victims {
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
    this.dead.add(victim.pid!)
    await victim.kill()
    await victim.join()
  }
}

export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
