import type { AbortSignal } from '../abort-signal.ts'
import { currentProcess, type StopSignal } from '../current-process.ts'
import { platform } from '../platform.ts'

/** The call of a task that runs this code, seen from inside. */
export interface CurrentTask {
  /** The name under which its module exports the task. */
  readonly name: string
  /** Which attempt this is: 1, or more for a task that is repeated after a failure. */
  readonly attempt: number
  /**
   * Aborted when nobody wants the result any more: the caller aborted its own signal, or lost patience. Stop then, in
   * good order; who does not is stopped, with its process, after a grace.
   */
  readonly signal: StopSignal
}

declare const AbortController: new () => { readonly signal: AbortSignal; abort(reason?: unknown): void }

/** One call under way. */
export class RunningTask implements CurrentTask {
  readonly name: string
  readonly attempt: number
  #stop: InstanceType<typeof AbortController> | undefined
  #aborted = false
  #reason: unknown

  constructor(name: string, attempt: number) {
    this.name = name
    this.attempt = attempt
  }

  get signal(): StopSignal {
    if (this.#stop === undefined) {
      this.#stop = new AbortController()
      if (this.#aborted) this.#stop.abort(this.#reason)
    }
    return this.#stop.signal as StopSignal
  }

  /** Whether it has asked for its signal, and may stop by itself. */
  get listens(): boolean {
    return this.#stop !== undefined
  }

  get aborted(): boolean {
    return this.#aborted
  }

  get reason(): unknown {
    return this.#reason
  }

  abort(reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason
    this.#stop?.abort(reason)
  }
}

/** Where one worker runs several tasks side by side: what keeps apart whose code runs. */
export interface TaskScope {
  run<R>(task: CurrentTask, code: () => R): R
  current(): CurrentTask | undefined
}

let only: CurrentTask | undefined
let scope: TaskScope | undefined

/** From now on tasks run side by side here, so that each has to be told apart, if the platform can. */
export function runSideBySide(): void {
  scope = platform().taskScope?.()
}

/** Calls what belongs to the task. */
export function callAs(task: CurrentTask, run: (...args: unknown[]) => unknown, args: readonly unknown[]): unknown {
  only = task
  return scope === undefined ? run(...args) : scope.run(task, () => run(...args))
}

/** What runs from now on belongs to no task that `callAs` has called, unless it is told apart. */
export function noTask(): void {
  only = undefined
}

/** What runs outside of every pool: nobody aborts it but who terminates its process. */
const NO_TASK: CurrentTask = {
  name: '',
  attempt: 1,
  get signal() {
    return currentProcess().signal
  },
}

/**
 * The call of a task that runs this code, in a worker of a pool; Python has none. Elsewhere, one that has no name, and
 * the signal of `currentProcess()`.
 *
 * Where a worker runs several tasks side by side in a browser, call it before the first `await`.
 *
 * @example
 * export async function crawl(url: string) {
 *   const { signal } = currentTask()
 *   return (await fetch(url, { signal })).status
 * }
 */
export function currentTask(): CurrentTask {
  return scope?.current() ?? only ?? NO_TASK
}
