import { describe, expect, test } from 'vitest'
import { HEADER_BYTES, LOCK, ownerOf } from '../src/primitives/lock-word.ts'
import type { Port, Reply } from '../src/primitives/primitive.ts'
import { SharedLockState } from '../src/primitives/shared-lock-state.ts'
import { EXPIRED } from '../src/primitives/waiters.ts'
import type { SharedBlock } from '../src/shared-block.ts'
import { SharedLock } from '../src/shared-lock.ts'
import { Random } from './random.ts'

/** The hub's side of the lock, with what is on its way there, in order for each context. */
class Town {
  readonly header = new Int32Array(HEADER_BYTES / 4)
  readonly state = new SharedLockState<Port>(this.header)
  readonly contexts: Someone[] = []
  #numbers = 0
  /** Whoever is in the critical section. */
  inside: Someone | undefined
  served = 0
  abandoned = 0
  readonly dead = new Set<string>()

  join(): void {
    this.contexts.push(new Someone(this, this.#numbers++))
  }

  kill(victim: Someone): void {
    victim.dead = true
    this.contexts.splice(this.contexts.indexOf(victim), 1)
    if (this.inside === victim) this.inside = undefined
    // What had left arrives, then the news of the death.
    const sent = victim.outgoing.splice(0, victim.sent)
    for (const message of sent) message()
    this.state.forget(victim.port)
    this.dead.add(victim.name)
    this.state.recover(ownerOf(victim.range), victim.name)
  }
}

class Someone {
  readonly port = {} as Port
  readonly range: number
  dead = false
  readonly outgoing: Array<() => void> = []
  readonly incoming: Array<() => void> = []
  /** How many of the outgoing have left: a death takes the rest along. */
  sent = 0
  waiting = 0
  readonly lock: SharedLock
  readonly #town: Town
  #tickets = 0
  readonly #cancels: Array<() => void> = []

  constructor(town: Town, range: number) {
    this.#town = town
    this.range = range
    const { header } = town
    const channel = {
      tell: (operation: 'unlock' | 'wake') =>
        this.send(() => (operation === 'wake' ? town.state.wake() : town.state.pass(ownerOf(range)))),
      wait: (call: { expired(): unknown; unclaimed(): void }) => this.#wait(call),
      call: () =>
        new Promise<unknown>((resolve) =>
          this.send(() => {
            const name = town.state.whoDied(ownerOf(range))
            this.incoming.push(() => resolve(name))
          }),
        ),
    }
    const block = { memory: { header }, context: { range }, channel }
    this.lock = new SharedLock(block as unknown as SharedBlock)
  }

  get name(): string {
    return `number ${this.range}`
  }

  send(message: () => void): void {
    this.outgoing.push(message)
  }

  flush(): void {
    this.sent = this.outgoing.length
  }

  deliver(): void {
    if (this.sent === 0) return
    this.sent--
    this.outgoing.shift()!()
  }

  receive(): void {
    this.incoming.shift()?.()
  }

  cancelOne(random: Random): void {
    this.#cancels[random.int(Math.max(1, this.#cancels.length))]?.()
  }

  async acquire(): Promise<void> {
    this.waiting++
    const got = await this.lock.acquire()
    this.waiting--
    if (this.dead || !got) return
    expect(this.#town.inside).toBeUndefined()
    this.#town.inside = this
    this.#town.served++
    if (this.lock.abandoned === undefined) return
    expect(this.#town.dead).toContain(this.lock.abandoned)
    this.#town.abandoned++
  }

  release(): void {
    if (this.#town.inside !== this) return
    this.#town.inside = undefined
    this.lock.release()
  }

  #wait(call: { expired(): unknown; unclaimed(): void }): Promise<unknown> {
    const ticket = ++this.#tickets
    return new Promise((resolve) => {
      let live = true
      const end = (value: unknown) => {
        live = false
        const at = this.#cancels.indexOf(cancel)
        if (at >= 0) this.#cancels.splice(at, 1)
        resolve(value)
      }
      const cancel = () => {
        this.send(() => this.#town.state.cancel(this.port, ticket))
        end(call.expired())
      }
      this.#cancels.push(cancel)
      const done = (answer: unknown) =>
        void this.incoming.push(() => {
          if (live) end(answer === EXPIRED ? call.expired() : answer)
          else if (answer !== EXPIRED) call.unclaimed()
        })
      const reply = { done } as unknown as Reply
      this.send(() => this.#town.state.ask(this.port, ownerOf(this.range), [ticket, false], reply))
    })
  }
}

const settle = async () => {
  for (let i = 0; i < 10; i++) await null
}

/** Lets a town live for a while, then lets everybody have what they still wait for. */
async function live(seed: number): Promise<Town> {
  const random = new Random(seed)
  const town = new Town()
  for (let i = 0; i < 3; i++) town.join()
  for (let step = 0; step < 300; step++) {
    const someone = town.contexts[random.int(town.contexts.length)]!
    const what = random.int(100)
    if (what < 25) void someone.acquire()
    else if (what < 45) town.inside?.release()
    else if (what < 60) someone.flush()
    else if (what < 80) someone.deliver()
    else if (what < 95) someone.receive()
    else if (what < 97) someone.cancelOne(random)
    else {
      // Half of them right after they gave it up, so that nobody is told.
      const victim = random.chance(0.5) ? someone : (town.inside ?? someone)
      victim.release()
      town.kill(victim)
      town.join()
    }
    await settle()
  }
  for (let round = 0; round < 5_000 && town.contexts.some((each) => each.waiting > 0); round++) {
    town.inside?.release()
    for (const each of town.contexts) {
      each.flush()
      each.deliver()
      each.receive()
    }
    await settle()
  }
  return town
}

describe('the lock in a word of shared memory', () => {
  test('is one context’s at a time and comes to all who wait, whoever gives up or dies, in 300 runs from seeds', async () => {
    let [served, abandoned] = [0, 0]
    for (let seed = 1; seed <= 300; seed++) {
      const town = await live(seed)
      expect(
        town.contexts.map(({ waiting }) => waiting),
        `seed ${seed}`,
      ).toEqual([0, 0, 0])
      town.inside?.release()
      for (const each of town.contexts) {
        each.flush()
        while (each.outgoing.length > 0) each.deliver()
        while (each.incoming.length > 0) each.receive()
        each.flush()
        while (each.outgoing.length > 0) each.deliver()
      }
      expect(Atomics.load(town.header, LOCK), `seed ${seed}`).toBe(0)
      served += town.served
      abandoned += town.abandoned
    }
    expect(served).toBeGreaterThan(5_000)
    expect(abandoned).toBeGreaterThan(20)
  })

  test('comes to whoever waits although the one who gave it up died before that could be told', async () => {
    const town = new Town()
    town.join()
    town.join()
    const [victim, patient] = town.contexts as [Someone, Someone]
    await victim.acquire()
    void patient.acquire()
    patient.flush()
    patient.deliver()
    victim.release()
    expect(Atomics.load(town.header, LOCK)).toBe(0)
    town.kill(victim)
    patient.receive()
    await settle()
    expect(town.inside).toBe(patient)
  })

  test('passes by whoever waits once, and not again', async () => {
    const town = new Town()
    town.join()
    town.join()
    const [quick, patient] = town.contexts as [Someone, Someone]
    const exchange = async () => {
      for (const each of town.contexts) {
        each.flush()
        while (each.outgoing.length > 0) each.deliver()
        while (each.incoming.length > 0) each.receive()
      }
      await settle()
    }
    await quick.acquire()
    void patient.acquire()
    await exchange()
    quick.release()
    expect(quick.lock.takeNow()).toBe(true)
    await exchange()
    expect(patient.waiting).toBe(1)
    quick.lock.drop()
    expect(quick.lock.takeNow()).toBe(false)
    await exchange()
    expect([patient.waiting, town.inside === patient]).toEqual([0, true])
  })
})
