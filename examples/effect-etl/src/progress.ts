import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import * as Effect from 'effect/Effect'
import * as Schema from 'effect/Schema'
import { type Digest, Total } from './batch.ts'
import { Totals } from './totals.ts'

/** How far a run has come: whatever happens, another can go on from here. */
const Checkpoint = Schema.Struct({
  /** Lines that are done, the heading included. */
  done: Schema.Int,
  totals: Schema.Array(Total),
  /** How long the file of rejected lines was then, in bytes. */
  errorBytes: Schema.Int,
})

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
  readonly #places: Places
  readonly #checkpoint: string
  #done = 1
  #totals = new Totals()
  #errorBytes = 0

  constructor(places: Places) {
    this.#places = places
    this.#checkpoint = `${places.output}.progress`
    if (existsSync(this.#checkpoint)) this.#resume()
    else writeFileSync(places.errors, '')
  }

  get done(): number {
    return this.#done
  }

  /** Notes that a batch is done; they come in order. */
  readonly note = ({ count, totals, rejected }: Digest): Effect.Effect<void> =>
    Effect.sync(() => {
      const lines = rejected.map((each) => `${JSON.stringify(each)}\n`).join('')
      appendFileSync(this.#places.errors, lines)
      this.#errorBytes += Buffer.byteLength(lines)
      this.#done += count
      for (const total of totals) this.#totals.add(total)
      const { list } = this.#totals
      replace(this.#checkpoint, JSON.stringify({ done: this.#done, totals: list, errorBytes: this.#errorBytes }))
    })

  /** All is done: writes the result. */
  readonly finish: Effect.Effect<readonly Total[]> = Effect.sync(() => {
    const { list } = this.#totals
    replace(this.#places.output, list.map((total) => `${JSON.stringify(total)}\n`).join(''))
    rmSync(this.#checkpoint, { force: true })
    return list
  })

  #resume(): void {
    const read = JSON.parse(readFileSync(this.#checkpoint, 'utf8')) as unknown
    const { done, totals, errorBytes } = Schema.decodeUnknownSync(Checkpoint)(read)
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
