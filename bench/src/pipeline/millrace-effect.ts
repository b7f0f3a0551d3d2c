import { Pool, taskModule } from '@millrace/node'
import { Pool as Pools } from '@millrace/node/effect'
import * as Effect from 'effect/Effect'
import * as Stream from 'effect/Stream'
import { bound, stages, workers } from './load.ts'
import { pipeline } from './subject.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.js', import.meta.url))

/** So many items are made at a time: what is made counts as under way. */
const CHUNK = 64

/** Streams over pools that stay from one run to the next. */
export const millraceEffect = pipeline(() => {
  const pools = Array.from({ length: stages }, () => new Pool({ processes: workers }))
  const [first, second, third] = pools.map((pool) => Pools.mapStream(pool, tasks.step, { maxsize: bound }))
  return {
    run: (items, arrived) =>
      Stream.fromIterable(items, { chunkSize: CHUNK }).pipe(
        first!,
        second!,
        third!,
        Stream.runForEachArray((chunk) => Effect.sync(() => chunk.forEach((item) => void arrived(item)))),
        Effect.runPromise,
      ),
    async close() {
      for (const pool of pools) await pool.close()
      for (const pool of pools) await pool.join()
    },
  }
})
