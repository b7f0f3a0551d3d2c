import type { AbortSignal } from '../abort-signal.ts'

/** What Effect (version 4) marks its values with. */
const EFFECT = '~effect/Effect'
const STREAM = '~effect/Stream'

/** How tasks are run that return an Effect, or a Stream of it. */
export interface EffectRunner {
  /** Resolves with the value; rejects with the error, or when the signal is aborted, which interrupts it. */
  run(effect: object, signal: AbortSignal): Promise<unknown>
  iterate(stream: object): AsyncIterable<unknown>
}

let installed: EffectRunner | undefined

type Load = (name: string) => Promise<unknown>

/** How modules are loaded that are installed beside the task module. */
let load: Load | undefined

/** Says how, where the platform can. */
export function loadEffectBy(beside: Load | undefined): void {
  load = beside
}

/** Says how: `@millrace/core/effect` does. */
export function installEffectRunner(runner: EffectRunner): void {
  installed = runner
}

export function isEffect(value: object): boolean {
  return EFFECT in value
}

export function isEffectStream(value: object): boolean {
  return STREAM in value
}

/** The installed one, or one that is made of the modules of Effect, where they can be found by name. */
export async function effectRunner(): Promise<EffectRunner> {
  installed ??= await loadRunner()
  return installed
}

interface EffectModule {
  runPromise(effect: object, options: { signal: AbortSignal }): Promise<unknown>
}

interface StreamModule {
  toAsyncIterable(stream: object): AsyncIterable<unknown>
}

async function loadRunner(): Promise<EffectRunner> {
  try {
    if (load === undefined) throw new TypeError('a bundler has to see what is to be loaded')
    const [effect, stream] = await Promise.all([load('effect/Effect'), load('effect/Stream')])
    const { runPromise } = effect as EffectModule
    const { toAsyncIterable } = stream as StreamModule
    return { run: (each, signal) => runPromise(each, { signal }), iterate: (each) => toAsyncIterable(each) }
  } catch (cause) {
    throw new TypeError(
      "a task returned an Effect, and there is no way to run it: install the package effect where the task's module can " +
        'find it',
      { cause },
    )
  }
}
