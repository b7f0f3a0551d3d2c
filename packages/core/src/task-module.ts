/** Carries the types of a task; never present. */
declare const SIGNATURE: unique symbol

/** A function of a task module: what to run, not the function itself, which is loaded in the process alone. */
export interface Task<Args extends readonly unknown[] = never, Result = unknown> {
  /** The URL of the module. */
  readonly module: string
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
  readonly module: string
  readonly name: string

  constructor(module: string, name: string) {
    this.module = module
    this.name = name
  }
}

/**
 * Names the module whose exported functions are to run in other processes. It is not loaded here: only its types are
 * used.
 *
 * @throws TypeError if `url` is no absolute URL
 * @example
 * const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))
 * new Process(tasks.square, { args: [3] }).start()
 */
export function taskModule<Module>(url: { readonly href: string } | string): Tasks<Module> {
  const module = typeof url === 'string' ? url : url?.href
  if (typeof module !== 'string' || !/^[a-z][a-z+.-]+:/i.test(module))
    throw new TypeError(
      `taskModule() needs an absolute URL, not ${JSON.stringify(url)}: new URL('./tasks.ts', import.meta.url)`,
    )
  const tasks = new Map<string, Task>()
  const get = (_target: object, name: string | symbol): Task | undefined => {
    // `then` would make the module look like a promise to `await`.
    if (typeof name === 'symbol' || name === 'then') return undefined
    const task = tasks.get(name) ?? new ModuleTask(module, name)
    tasks.set(name, task)
    return task
  }
  return new Proxy({}, { get }) as Tasks<Module>
}

export function isTask(value: unknown): value is Task {
  return value instanceof ModuleTask
}
