import { lastValueFrom, type Observable } from 'rxjs'
import type { Connection } from '../connection.ts'
import { type Host, taskFunction } from '../run-child.ts'
import type { Runtime } from '../runtime.ts'
import { installStageServer } from '../stage-server.ts'
import { folding } from './fold.ts'
import { fromConnection } from './from-connection.ts'
import { toConnection } from './to-connection.ts'

/** What a process is to run: an operator; or a function that folds the items of each key. */
export interface StageSpec {
  readonly module: string
  readonly name: string
  readonly kind: 'operator' | 'scan' | 'reduce'
  /** What the state of each key begins with. */
  readonly seed: unknown
}

/** What the process of a stage is started with. */
export type StageInput = readonly [
  input: Connection<unknown, never>,
  output: Connection<never, unknown>,
  spec: StageSpec,
]

/** How it went; what it failed of is the pipeline's to tell, and not this process's. */
export type StageOutcome = { readonly error: unknown } | undefined

type Operator = (source: Observable<unknown>) => Observable<unknown>

/** Runs until the input has ended and everything that comes of it has gone, or until something fails. */
async function serveStage(host: Host, here: Runtime, args: readonly unknown[]): Promise<StageOutcome> {
  const [input, output, spec] = args as unknown as StageInput
  try {
    const operator = await operatorOf(host, here, spec)
    await lastValueFrom(operator(fromConnection(input)).pipe(toConnection(output)))
    return undefined
  } catch (error) {
    return { error }
  } finally {
    await output.close()
    await input.close()
  }
}

async function operatorOf(host: Host, here: Runtime, { module, name, kind, seed }: StageSpec): Promise<Operator> {
  here.loading = true
  try {
    const run = taskFunction(await host.load(module), module, name)
    return kind === 'operator' ? (run as Operator) : (folding(kind, run, seed) as Operator)
  } finally {
    here.loading = false
  }
}

installStageServer(serveStage)
