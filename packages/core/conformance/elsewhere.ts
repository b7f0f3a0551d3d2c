import { SimpleQueue } from '@millrace/core'

type Tasks = typeof import('./queue-tasks.mjs') &
  typeof import('./pipe-tasks.mjs') &
  typeof import('./managed-tasks.mjs') &
  typeof import('./shared-tasks.mjs') &
  typeof import('./sync-tasks.mjs') &
  typeof import('./signal-tasks.mjs')

/** Starts `serve` of `servant.mjs` in a new context. This is all that the suite needs of a transport. */
export type StartServant = (orders: SimpleQueue<never>, replies: SimpleQueue<never>) => Servant | Promise<Servant>

export interface Servant {
  /** Ends the context as violently as it can be; resolves when the hub knows. */
  kill(): Promise<void>
}

interface Reply {
  readonly id: number
  readonly ok: boolean
  readonly value: unknown
}

interface Waiter {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** Another context in which the suite runs named tasks; what it passes and gets back are items of queues. */
export class Elsewhere {
  readonly #orders = new SimpleQueue<unknown>()
  readonly #replies = new SimpleQueue<Reply>()
  readonly #waiters = new Map<number, Waiter>()
  #servant: Servant | undefined
  #lastId = 0

  static async start(startServant: StartServant): Promise<Elsewhere> {
    const elsewhere = new Elsewhere()
    elsewhere.#servant = await startServant(
      elsewhere.#orders as SimpleQueue<never>,
      elsewhere.#replies as SimpleQueue<never>,
    )
    void elsewhere.#receive()
    await elsewhere.run('ping')
    return elsewhere
  }

  run<Name extends keyof Tasks>(
    task: Name,
    ...args: Parameters<Tasks[Name]>
  ): Promise<Awaited<ReturnType<Tasks[Name]>>> {
    const id = ++this.#lastId
    const result = new Promise<unknown>((resolve, reject) => this.#waiters.set(id, { resolve, reject }))
    void this.#orders.put({ id, task, args })
    return result as Promise<Awaited<ReturnType<Tasks[Name]>>>
  }

  /** Kills the context; what runs there never answers. */
  async kill(): Promise<void> {
    await this.#servant?.kill()
    await this.#replies.close()
  }

  async #receive(): Promise<void> {
    for await (const { id, ok, value } of this.#replies) {
      const waiter = this.#waiters.get(id)
      this.#waiters.delete(id)
      if (ok) waiter?.resolve(value)
      else waiter?.reject(value)
    }
  }
}

/** The contexts of one run of the suite: two that live as long as it does, and new ones to be killed. */
export interface Places {
  readonly one: Elsewhere
  readonly two: Elsewhere
  start(): Promise<Elsewhere>
}
