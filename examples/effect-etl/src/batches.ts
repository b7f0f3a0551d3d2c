import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import * as Data from 'effect/Data'
import * as Stream from 'effect/Stream'
import type { Batch } from './batch.ts'

/** The file cannot be read. */
export class ReadError extends Data.TaggedError('ReadError')<{ readonly message: string }> {}

/** So many lines go to a process together. */
const SIZE = 500

/** The lines of a file behind the first `done`, which are heading and what was done before. */
export const batches = (file: string, done: number): Stream.Stream<Batch, ReadError> =>
  Stream.fromAsyncIterable(batchesIn(file, done), (error) => new ReadError({ message: String(error) }))

async function* batchesIn(file: string, done: number): AsyncGenerator<Batch> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
  let number = 0
  let batch: string[] = []
  for await (const line of lines) {
    if (++number <= done) continue
    batch.push(line)
    if (batch.length < SIZE) continue
    yield { from: number - batch.length + 1, lines: batch }
    batch = []
  }
  if (batch.length > 0) yield { from: number - batch.length + 1, lines: batch }
}
