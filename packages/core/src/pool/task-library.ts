import { type Deferred, deferred } from '../deferred.ts'
import { type Host, taskFunction } from '../run-child.ts'
import type { Runtime } from '../runtime.ts'
import { loadEffectBy } from './effects.ts'

/** A function of a task module, where it is to run. */
export interface LoadedTask {
  readonly name: string
  readonly run: (...args: unknown[]) => unknown
  /** How long a call takes, in milliseconds, the latest counting most; undefined before the first. */
  pace: number | undefined
}

/** The tasks that a worker knows by number; a module is loaded when the first of its tasks is wanted. */
export class TaskLibrary {
  readonly #host: Host
  readonly #here: Runtime
  /** Modules that are being loaded. */
  #busy = 0
  readonly #modules = new Map<string, Promise<Record<string, unknown>>>()
  readonly #loaded = new Map<number, LoadedTask>()
  readonly #loading = new Map<number, Promise<LoadedTask>>()
  /** Wanted before anybody had said what they are. */
  readonly #unknown = new Map<number, Deferred<LoadedTask>>()

  constructor(host: Host, here: Runtime) {
    this.#host = host
    this.#here = here
  }

  /** Says what a number stands for. `onLoad` is told before anybody who waits for it that it is there, or cannot be. */
  define(number: number, source: string, name: string, onLoad: () => void): void {
    const loading = this.find(source, name)
    this.#loading.set(number, loading)
    loading.then((task) => {
      this.#loaded.set(number, task)
      onLoad()
    }, onLoad)
    this.#unknown.get(number)?.resolve(loading as never)
  }

  /** The task, at once if it was loaded before. Rejects with StartError if there is no such module or function. */
  get(number: number): LoadedTask | Promise<LoadedTask> {
    const known = this.#loaded.get(number) ?? this.#loading.get(number)
    if (known !== undefined) return known
    const unknown = this.#unknown.get(number) ?? deferred<LoadedTask>()
    this.#unknown.set(number, unknown)
    return unknown.promise
  }

  load(source: string): Promise<Record<string, unknown>> {
    const known = this.#modules.get(source)
    if (known !== undefined) return known
    const module = this.#import(source)
    this.#modules.set(source, module)
    // What failed once may succeed later: a file that was not there yet.
    module.catch(() => this.#modules.delete(source))
    return module
  }

  /** Nothing may be started meanwhile, or a module that starts a pool would start it in each of its workers. */
  async #import(source: string): Promise<Record<string, unknown>> {
    this.#here.loading = ++this.#busy > 0
    try {
      const module = await this.#host.load(source)
      loadEffectBy(this.#host.loadBeside && ((name) => this.#host.loadBeside!(source, name)))
      return module
    } finally {
      this.#here.loading = --this.#busy > 0
    }
  }

  async find(source: string, name: string): Promise<LoadedTask> {
    const module = await this.load(source)
    return { name, run: taskFunction(module, source, name), pace: undefined }
  }
}
