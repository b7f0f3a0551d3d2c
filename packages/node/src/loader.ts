import { pathToFileURL } from 'node:url'
import { StartError } from '@millrace/core/child'

const TYPESCRIPT = /\.[cm]?tsx?$/

/** Whether a module is TypeScript by its name. */
export function isTypeScript(module: string): boolean {
  return TYPESCRIPT.test(new URL(module).pathname)
}

/** Node strips types by itself: on by default from 22.18 and 23.6. */
function nodeStripsTypes(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript)
}

/** The flags of Node with which a process can load the task module. */
export function loaderFor(module: string | undefined): string[] {
  if (!needsLoader(module) || hasFlag()) return []
  return ['--import', resolveFor(module, 'tsx')]
}

/** @throws StartError if a thread could not load the task module, which then need not be started */
export function checkLoaders(module: string | undefined): void {
  if (needsLoader(module)) loadersFor(module)
}

let registered: Promise<void> | undefined

/**
 * Lets this context load a module that it was not started for, as workers of pools are not, and threads never are: a flag
 * of Node registers in main threads alone.
 */
export async function registerLoaders(module: string): Promise<void> {
  if (!needsLoader(module) || (process.getBuiltinModule('node:worker_threads').isMainThread && hasFlag())) return
  registered ??= register(module)
  await registered
}

async function register(module: string): Promise<void> {
  for (const loader of loadersFor(module)) ((await import(loader)) as { register(): void }).register()
}

/** The modules whose `register` lets a context load TypeScript. */
function loadersFor(module: string): string[] {
  // What is found here is for `require`; beside it lies what is for `import`.
  return ['tsx/cjs/api', 'tsx/esm/api'].map((api) => resolveFor(module, api).replace(/\.cjs$/, '.mjs'))
}

const hasFlag = () => process.execArgv.some((flag) => /\btsx\b/.test(flag))

function needsLoader(module: string | undefined): module is string {
  return module !== undefined && isTypeScript(module) && !nodeStripsTypes()
}

/** The URL of a module of tsx, as it is installed for the task module, or else for this program. */
function resolveFor(module: string, specifier: string): string {
  for (const from of [module, pathToFileURL(`${process.cwd()}/`).href]) {
    try {
      return pathToFileURL(process.getBuiltinModule('node:module').createRequire(from).resolve(specifier)).href
    } catch {
      // Not installed there.
    }
  }
  throw new StartError(
    `${module} is TypeScript, which Node ${process.versions.node} does not run by itself: install tsx, use Node 22.18 ` +
      'or newer, or name the compiled module',
  )
}
