import { type ContractError, taskModule } from '@millrace/node'
import { type Hub, Stage } from '@millrace/node/effect'
import * as Contract from '@millrace/node/effect/contract'
import * as Effect from 'effect/Effect'
import * as Stream from 'effect/Stream'
import { Digesting, type Total } from './batch.ts'
import { batches, type ReadError } from './batches.ts'
import { type Places, Progress, type ProgressError } from './progress.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))
const digest = Contract.bind(Digesting, tasks.digest)

export interface Job extends Places {
  readonly input: string
  readonly processes: number
}

/**
 * The file cannot be read, or what was noted of it; what goes in or comes out is not what the contract says; or no
 * process can do it.
 */
export type EtlFailure = ReadError | ProgressError | ContractError | Stage.StageFailure

/**
 *     file --batches--> processes: parse, check, add up --digests, in order--> totals, rejected lines --> result
 *
 * A process that dies costs nothing but time: its batch goes to another.
 */
export const run = ({ input, processes, ...places }: Job): Effect.Effect<readonly Total[], EtlFailure, Hub.Hub> =>
  Effect.gen(function* () {
    const progress = yield* Progress.over(input, places)
    yield* batches(input, progress.done).pipe(
      Stage.mapProcess(digest, { processes, maxsize: 4 * processes, retries: 3 }),
      Stream.runForEach(progress.note),
    )
    return yield* progress.finish
  }).pipe(Effect.withSpan('etl'))
