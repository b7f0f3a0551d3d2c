import { StartError } from './errors.ts'
import type { Host } from './run-child.ts'
import type { Runtime } from './runtime.ts'

/** Runs a stage of a pipeline in the process that was started for it, until it is through. */
export type ServeStage = (host: Host, here: Runtime, input: readonly unknown[]) => Promise<unknown>

let installed: ServeStage | undefined

/** Says how: `@millrace/core/rxjs` does, so that nobody else has to load RxJS. */
export function installStageServer(serve: ServeStage): void {
  installed = serve
}

/** @throws StartError where it is not known how, and cannot be found out */
export async function stageServer(host: Host): Promise<ServeStage> {
  if (installed === undefined) await host.loadStages?.()
  if (installed !== undefined) return installed
  throw new StartError(
    "a stage that is an operator needs RxJS in its worker: import '@millrace/browser/rxjs' in the worker's module",
  )
}
