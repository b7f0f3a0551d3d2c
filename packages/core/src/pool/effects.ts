import type { AbortSignal } from '../abort-signal.ts'
import type { Connection } from '../connection.ts'

/** What Effect (version 4) marks its values with. */
const EFFECT = '~effect/Effect'
const STREAM = '~effect/Stream'

/** How tasks are run that return an Effect, or a Stream of it. `told` is what a caller who speaks Effect has sent along. */
export interface EffectRunner {
  /** Resolves with the value; rejects with the error, or when the signal is aborted, which interrupts it. */
  run(effect: object, signal: AbortSignal, told: unknown): Promise<unknown>
  iterate(stream: object, signal: AbortSignal, told: unknown): AsyncIterable<unknown>
  /**
   * Gives what a connection receives to a function from Stream to Stream, and sends what comes of it; resolves at the end, with
   * what is to be told then. That of Millrace's vocabulary can, and others cannot.
   */
  through?(
    operator: (stream: never) => unknown,
    input: Connection<unknown, never>,
    output: Connection<never, unknown>,
    signal: AbortSignal,
    told: unknown,
  ): Promise<unknown>
}

/** An option of calls and processes that is nobody's but ours: what travels for whoever runs an Effect. */
export const TOLD: unique symbol = Symbol.for('millrace.told') as never

/** What a person is shown of an error that an Effect has ended with, if that is not the error itself; undefined: nothing. */
export const SHOWN: unique symbol = Symbol.for('millrace.shown') as never

/** What the value of an answer is, if that has more to tell than the value. */
export const VALUE_IN: unique symbol = Symbol.for('millrace.value-in') as never

/** The error itself; of what an Effect has ended with, the error in it. */
export function shown(error: unknown): unknown {
  return typeof error === 'object' && error !== null && SHOWN in error ? error[SHOWN] : error
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

/** What Millrace's vocabulary for Effect is found by; to load it is to install its runner. */
const VOCABULARIES = ['@millrace/node/effect', '@millrace/core/effect']

/**
 * The installed one; for a caller who speaks Effect, that of Millrace's vocabulary, where it can be found by name; or one that
 * is made of the modules of Effect.
 */
export async function effectRunner(told: unknown): Promise<EffectRunner> {
  if (installed === undefined && told !== undefined && load !== undefined) await loadVocabulary(load)
  installed ??= await loadRunner()
  return installed
}

async function loadVocabulary(from: Load): Promise<void> {
  for (const name of VOCABULARIES) {
    try {
      await from(name)
      if (installed !== undefined) return
    } catch {
      // Not installed there.
    }
  }
}

const endings: Array<() => Promise<void>> = []

/** Has something done when this process has done all its tasks: what they have left open is closed then. */
export function whenEffectsEnd(end: () => Promise<void>): void {
  endings.push(end)
}

/** What was made last ends first; what fails does not keep the others from ending. */
export async function endEffects(report: (error: unknown) => void): Promise<void> {
  for (const end of endings.splice(0).reverse()) await end().catch(report)
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
