import { ImapIterator } from './imap.ts'
import { InputsAhead } from './inputs-ahead.ts'
import { isThenable } from './tell.ts'

/** Reads inputs ahead of need, from whatever can be iterated. */
export class InputReader extends InputsAhead {
  readonly #inputs: Iterator<unknown> | AsyncIterator<unknown>
  /** The same, if they are the results of another stage. */
  readonly #stage: ImapIterator<unknown> | undefined
  /** Told that something was read, or that there is nothing more to read, although nobody had asked just now. */
  readonly #onNews: () => void
  #waiting = false
  /** The user's code runs, which may end all of it. */
  #reading = false
  #state: 'open' | 'exhausted' | 'stopped' = 'open'

  constructor(inputs: Iterable<unknown> | AsyncIterable<unknown>, limit: number, onNews: () => void) {
    super(limit)
    this.#inputs = isAsync(inputs) ? inputs[Symbol.asyncIterator]() : inputs[Symbol.iterator]()
    this.#stage = inputs instanceof ImapIterator ? inputs : undefined
    this.#onNews = onNews
  }

  get over(): boolean {
    return this.#state !== 'open' && !this.#waiting
  }

  release(count: number): void {
    this.held -= count
    this.read()
  }

  read(): void {
    if (this.#state !== 'open' || this.#reading) return
    this.#reading = true
    this.#readOn()
    this.#reading = false
    if (this.#stopped) this.#leave()
  }

  #readOn(): void {
    try {
      while (this.#state === 'open' && !this.#waiting && this.held < this.limit) {
        const result = this.#stage?.takeNow() ?? this.#inputs.next()
        if (isThenable(result)) {
          this.#waiting = true
          void this.#await(result as PromiseLike<IteratorResult<unknown>>)
        } else this.#add(result)
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Reads nothing more, and tells the source so: one that has ended all of it by itself, once it has come to a rest. */
  override stop(): void {
    super.stop()
    if (this.#state !== 'open') return
    this.#state = 'stopped'
    if (!this.#reading) this.#leave()
  }

  get #stopped(): boolean {
    return this.#state === 'stopped'
  }

  #leave(): void {
    void (async () => this.#inputs.return?.())().catch(() => {})
  }

  async #await(coming: PromiseLike<IteratorResult<unknown>>): Promise<void> {
    try {
      this.#add(await coming)
    } catch (error) {
      this.#fail(error)
    }
    this.#waiting = false
    this.read()
    this.#onNews()
  }

  #add(result: IteratorResult<unknown>): void {
    if (this.#state !== 'open') return
    if (typeof result !== 'object' || result === null) throw new TypeError(`${String(result)} is no iterator result`)
    if (result.done) this.#state = 'exhausted'
    else {
      this.held++
      this.items.push(result.value)
    }
  }

  #fail(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'exhausted'
    this.error = { error }
    // Others have ended with that; it would go on.
    void this.#stage?.return()
  }
}

/** Whether inputs come one by one, in promises; those of a text are its characters, as in Python. */
export function isAsync(inputs: Iterable<unknown> | AsyncIterable<unknown>): inputs is AsyncIterable<unknown> {
  return typeof (inputs as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function'
}
