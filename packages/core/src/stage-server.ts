import type { AbortSignal } from './abort-signal.ts'
import type { Connection } from './connection.ts'
import type { CurrentProcess } from './current-process.ts'
import { described } from './described.ts'
import { StartError } from './errors.ts'
import { foldByKey } from './keyed-fold.ts'
import { effectRunner, isEffectStream } from './pool/effects.ts'
import { TaskLibrary } from './pool/task-library.ts'
import type { Host, TaskFunction } from './run-child.ts'
import type { Runtime } from './runtime.ts'

/** What the process of a stage is to run. */
export interface StageSpec {
  readonly module: string
  readonly name: string
  /**
   * What the function is: an operator of RxJS; a function from Stream to Stream, of Effect; or one that folds the items of
   * each key, of which each state is wanted, or the last.
   */
  readonly kind: 'operator' | 'stream' | 'scan' | 'reduce'
  /** What the state of each key begins with, encoded: so that each has its own, and the task's module is loaded before. */
  readonly seed: Uint8Array
  /** For whoever runs an Effect there; null: nothing. */
  readonly told: unknown
}

/** What the process of a stage is started with. */
export type StageInput = readonly [
  input: Connection<unknown, never>,
  output: Connection<never, unknown>,
  spec: StageSpec,
]

/** How it went: what it failed of is the pipeline's to tell, and not this process's; or what it has to say at the end. */
export type StageOutcome = { readonly error: unknown } | { readonly value: unknown }

/** What there is to run a stage with. */
export interface StageWork {
  readonly run: TaskFunction
  readonly input: Connection<unknown, never>
  readonly output: Connection<never, unknown>
  readonly spec: StageSpec
  /** Aborted when the process is asked to terminate. */
  signal(): AbortSignal
}

/** Runs until the input has ended and everything that comes of it is in the output, or until something fails. */
export type RunStage = (work: StageWork) => Promise<unknown>

let operators: RunStage | undefined

/** Says how operators are run: `@millrace/core/rxjs` does, so that nobody else has to load RxJS. */
export function installStageServer(run: RunStage): void {
  operators = run
}

/** Runs a stage of a pipeline in the process that was started for it, until it is through. */
export async function serveStage(
  host: Host,
  here: Runtime,
  me: CurrentProcess,
  ...[input, output, spec]: StageInput
): Promise<StageOutcome> {
  try {
    const { module, name, kind } = spec
    const through = await wayOf(kind, host)
    const { run } = await new TaskLibrary(host, here).find(module, name)
    return { value: await through({ run, input, output, spec, signal: () => me.signal }) }
  } catch (error) {
    return { error }
  } finally {
    await output.close()
    await input.close()
  }
}

/** @throws StartError where operators cannot be run */
async function wayOf(kind: StageSpec['kind'], host: Host): Promise<RunStage> {
  if (kind === 'scan' || kind === 'reduce') return foldByKey
  if (kind === 'stream') return throughStream
  if (operators === undefined) await host.loadStages?.()
  if (operators !== undefined) return operators
  throw new StartError(
    "a stage that is an operator needs RxJS in its worker: import '@millrace/browser/rxjs' in the worker's module",
  )
}

async function throughStream({ run, input, output, spec, signal }: StageWork): Promise<unknown> {
  const runner = await effectRunner(spec.told)
  const operator = (above: unknown): object => checkedStream(spec.name, run(above))
  if (runner.through !== undefined) return runner.through(operator, input, output, signal(), spec.told)
  throw new StartError(
    `a stage from Stream to Stream needs @millrace/node/effect, or @millrace/core/effect, where ${spec.module} can find it`,
  )
}

function checkedStream(task: string, returned: unknown): object {
  if (typeof returned === 'object' && returned !== null && isEffectStream(returned)) return returned
  throw new TypeError(`task ${task} of throughProcess() has to return a Stream, and returned ${described(returned)}`)
}
