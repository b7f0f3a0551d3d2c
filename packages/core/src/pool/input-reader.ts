import { Deque } from '../deque.ts'

type Inputs = Iterator<unknown> | AsyncIterator<unknown>

/** How a reader tells of what it has read. */
export interface ReaderOutlet {
  /** Something was read, or there is nothing more to read, although nobody had asked just now. */
  news(): void
}

/**
 * Reads inputs ahead of need: never more than so many that were read and are not `released`, so an endless source does no
 * harm.
 */
export class InputReader {
  readonly #inputs: Inputs
  #limit: number
  readonly #outlet: ReaderOutlet
  readonly #read = new Deque<unknown>()
  #held = 0
  #waiting = false
  #state: 'open' | 'exhausted' | 'stopped' = 'open'
  /** What the source has thrown, until it is taken. */
  #error: { readonly error: unknown } | undefined

  constructor(inputs: Iterable<unknown> | AsyncIterable<unknown>, limit: number, outlet: ReaderOutlet) {
    this.#inputs = Symbol.asyncIterator in inputs ? inputs[Symbol.asyncIterator]() : inputs[Symbol.iterator]()
    this.#limit = limit
    this.#outlet = outlet
  }

  /** Inputs that were read and not taken. */
  get length(): number {
    return this.#read.length
  }

  /** Whether everything was read, taken and released. */
  get finished(): boolean {
    return this.#state !== 'open' && !this.#waiting && this.#held === 0
  }

  take(count: number): unknown[] {
    const taken: unknown[] = []
    while (taken.length < count && this.#read.length > 0) taken.push(this.#read.shift())
    return taken
  }

  /** Puts inputs back that were taken and cannot be used yet. */
  putBack(inputs: readonly unknown[]): void {
    for (let i = inputs.length - 1; i >= 0; i--) this.#read.unshift(inputs[i])
  }

  /** So many of those that were taken are done with. */
  release(count: number): void {
    this.#held -= count
    this.read()
  }

  /** The error of the source, once. */
  takeError(): { readonly error: unknown } | undefined {
    const error = this.#error
    this.#error = undefined
    return error
  }

  get failed(): boolean {
    return this.#error !== undefined
  }

  /** Reads all that there is from now on. */
  unbound(): void {
    this.#limit = Number.POSITIVE_INFINITY
    this.read()
  }

  /** Reads as much as may be. */
  read(): void {
    try {
      while (this.#state === 'open' && !this.#waiting && this.#held < this.#limit) {
        const result = this.#inputs.next()
        if (result instanceof Promise) {
          this.#waiting = true
          void this.#await(result)
        } else this.#add(result as IteratorResult<unknown>)
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Reads nothing more, and tells the source so. */
  stop(): void {
    this.#read.clear()
    this.#held = 0
    if (this.#state !== 'open') return
    this.#state = 'stopped'
    void (async () => this.#inputs.return?.())().catch(() => {})
  }

  async #await(coming: Promise<IteratorResult<unknown>>): Promise<void> {
    try {
      const result = await coming
      if (this.#state === 'open') this.#add(result)
    } catch (error) {
      this.#fail(error)
    }
    this.#waiting = false
    this.read()
    this.#outlet.news()
  }

  #add(result: IteratorResult<unknown>): void {
    if (result.done) this.#state = 'exhausted'
    else {
      this.#held++
      this.#read.push(result.value)
    }
  }

  #fail(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'exhausted'
    this.#error = { error }
  }
}
