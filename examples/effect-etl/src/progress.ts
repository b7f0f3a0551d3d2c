import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as Data from 'effect/Data'
import * as Effect from 'effect/Effect'
import * as Schema from 'effect/Schema'
import { type Digest, Total } from './batch.ts'
import { Totals } from './totals.ts'

/** How far a run has come: whatever happens, another can go on from here. */
const Checkpoint = Schema.Struct({
  /** Of what file. */
  input: Schema.String,
  /** Lines that are done, the heading included. */
  done: Schema.Int,
  totals: Schema.Array(Total),
  /** How long the file of rejected lines was then, in bytes. */
  errorBytes: Schema.Int,
})

/** What was noted cannot be read, or is of another file. */
export class ProgressError extends Data.TaggedError('ProgressError')<{ readonly message: string }> {}

/** Where a run writes. */
export interface Places {
  readonly output: string
  readonly errors: string
}

/**
 * What has been done so far. The rejected lines of a batch are written before it is noted that the batch is done; what was
 * written beyond that is cut off when a later run goes on.
 */
export class Progress {
  readonly #input: string
  readonly #places: Places
  readonly #checkpoint: string
  #done = 1
  #totals = new Totals()
  #errorBytes = 0

  static readonly over = (input: string, places: Places): Effect.Effect<Progress, ProgressError> =>
    Effect.try({
      try: () => new Progress(resolve(input), places),
      catch: (error) => new ProgressError({ message: String(error) }),
    })

  private constructor(input: string, places: Places) {
    this.#input = input
    this.#places = places
    this.#checkpoint = `${places.output}.progress`
    if (existsSync(this.#checkpoint)) this.#resume()
  }

  get done(): number {
    return this.#done
  }

  /** Notes that a batch is done; they come in order. */
  readonly note = ({ count, totals, rejected }: Digest): Effect.Effect<void> =>
    Effect.sync(() => {
      this.#begin()
      const lines = rejected.map((each) => `${JSON.stringify(each)}\n`).join('')
      appendFileSync(this.#places.errors, lines)
      this.#errorBytes += Buffer.byteLength(lines)
      this.#done += count
      for (const total of totals) this.#totals.add(total)
      const checkpoint = {
        input: this.#input,
        done: this.#done,
        totals: this.#totals.list,
        errorBytes: this.#errorBytes,
      }
      replace(this.#checkpoint, JSON.stringify(checkpoint))
    })

  /** All is done: writes the result. */
  readonly finish: Effect.Effect<readonly Total[]> = Effect.sync(() => {
    this.#begin()
    const { list } = this.#totals
    replace(this.#places.output, list.map((total) => `${JSON.stringify(total)}\n`).join(''))
    rmSync(this.#checkpoint, { force: true })
    return list
  })

  /** What is there of an earlier run goes when this one has something of its own, and knows that there is such an input. */
  #begin(): void {
    if (this.#done === 1) writeFileSync(this.#places.errors, '')
  }

  #resume(): void {
    const read = JSON.parse(readFileSync(this.#checkpoint, 'utf8')) as unknown
    const { input, done, totals, errorBytes } = Schema.decodeUnknownSync(Checkpoint)(read)
    if (input !== this.#input)
      throw new Error(`${this.#checkpoint} is of a run over ${input}: finish that, delete it, or give another --output`)
    truncateSync(this.#places.errors, errorBytes)
    this.#done = done
    this.#totals = new Totals(totals)
    this.#errorBytes = errorBytes
  }
}

/** All of it or nothing. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.part`, text)
  renameSync(`${file}.part`, file)
}
