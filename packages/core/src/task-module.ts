import { registerClass } from './registry.ts'

/** Carries the types of a task; never present. */
declare const SIGNATURE: unique symbol

/**
 * Where a task module is: its URL; or, where a bundler has to see how the worker is made, a function that makes one
 * which has called `expose()`.
 */
export type TaskSource = string | (() => object)

/** A function of a task module: what to run, not the function itself, which is loaded in the process alone. */
export interface Task<Args extends readonly unknown[] = never, Result = unknown> {
  /** The module that it is in. */
  readonly source: TaskSource
  /** The name under which the module exports the function. */
  readonly name: string
  readonly [SIGNATURE]?: (...args: Args) => Result
}

/** The tasks of a module: each exported function under its name. */
export type Tasks<Module> = {
  readonly [Name in keyof Module as Module[Name] extends (...args: never[]) => unknown
    ? Name
    : never]: Module[Name] extends (...args: infer Args) => infer Result ? Task<Args, Awaited<Result>> : never
}

class ModuleTask implements Task {
  readonly source: TaskSource
  readonly name: string

  constructor(source: TaskSource, name: string) {
    this.source = source
    this.name = name
  }
}

// A task can be an argument: whoever gets it can have it run.
registerClass(ModuleTask, {
  name: 'millrace.Task',
  encode: ({ source, name }) => [source, name] as const,
  decode: ([source, name]) => new ModuleTask(checkedSource(source), String(name)),
})

/**
 * Names the module whose exported functions are to run in other processes. It is not loaded here: only its types are
 * used.
 *
 * @param source the module's absolute URL; in a browser, a function that makes the worker, which lets bundlers find it
 * @throws TypeError if it is neither
 * @example
 * const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))
 * new Process(tasks.square, { args: [3] }).start()
 */
export function taskModule<Module>(source: { readonly href: string } | TaskSource): Tasks<Module> {
  const checked = checkedSource(source)
  const tasks = new Map<string, Task>()
  const get = (_target: object, name: string | symbol): Task | undefined => {
    // `then` would make the module look like a promise to `await`.
    if (typeof name === 'symbol' || name === 'then') return undefined
    const task = tasks.get(name) ?? new ModuleTask(checked, name)
    tasks.set(name, task)
    return task
  }
  return new Proxy({}, { get }) as Tasks<Module>
}

function checkedSource(source: { readonly href: string } | TaskSource): TaskSource {
  if (typeof source === 'function') return source
  const url = typeof source === 'string' ? source : source?.href
  if (typeof url === 'string' && /^[a-z][a-z+.-]+:/i.test(url)) return url
  throw new TypeError(
    `taskModule() needs an absolute URL, not ${JSON.stringify(source)}: new URL('./tasks.ts', import.meta.url)`,
  )
}

/** Stands for the URL of a module that the worker has loaded already. */
const EXPOSED = 'exposed:'

/** Stands for it where what is to run is Millrace's own. */
export const BUILTIN = 'builtin:'

/** What the worker is told to load. */
export function moduleOf(source: TaskSource): string {
  return typeof source === 'function' ? EXPOSED : source
}

export function isTask(value: unknown): value is Task {
  return value instanceof ModuleTask
}
