import type { Observable, Subscription } from 'rxjs'
import { forEach } from '../../src/rxjs/for-each.ts'
import { inContext } from '../in-context.ts'
import { OneContext } from '../one-context.ts'

/** A sink that takes an item and keeps it until the test says that it is done. */
export class Sink<T> {
  readonly taken: T[] = []
  readonly program: OneContext
  state: 'open' | 'complete' | { readonly error: unknown } = 'open'
  #done: Array<() => void> = []
  #subscription: Subscription | undefined

  constructor(program = new OneContext()) {
    this.program = program
  }

  /** Subscribes to it, with room for so many. */
  open(source: Observable<T>, concurrency = 1): this {
    const take = (item: T) => {
      this.taken.push(item)
      return new Promise<void>((resolve) => this.#done.push(resolve))
    }
    this.#subscription = inContext(this.program.root.context, () =>
      source.pipe(forEach(take, { concurrency })).subscribe({
        complete: () => {
          this.state = 'complete'
        },
        error: (error) => {
          this.state = { error }
        },
      }),
    )
    return this
  }

  close(): void {
    this.#subscription?.unsubscribe()
  }

  /** Is done with what it has, and lets everything happen that comes of that. */
  async next(): Promise<void> {
    for (const done of this.#done.splice(0)) done()
    await this.program.clock.settle()
  }

  /** Goes on until nothing more comes. */
  async drain(): Promise<T[]> {
    await this.program.clock.settle()
    while (this.#done.length > 0) await this.next()
    return this.taken
  }
}

/** 0, 1, 2, ... without end; `given` is how many were asked for. */
export class Endless implements Iterable<number> {
  given = 0
  ended = 0

  get [Symbol.iterator](): () => Iterator<number> {
    return () => this.#numbers()
  }

  *#numbers(): Generator<number> {
    try {
      while (true) yield this.given++
    } finally {
      this.ended++
    }
  }
}
