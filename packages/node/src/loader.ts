import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { StartError } from '@millrace/core'

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
  if (!needsLoader(module) || process.execArgv.some((flag) => /\btsx\b/.test(flag))) return []
  return ['--import', resolveFor(module, 'tsx')]
}

/** The modules whose `register` lets a thread load the task module; a flag would register in main threads alone. */
export function threadLoadersFor(module: string | undefined): string[] {
  if (!needsLoader(module)) return []
  // What is found here is for `require`; beside it lies what is for `import`.
  return ['tsx/cjs/api', 'tsx/esm/api'].map((api) => resolveFor(module, api).replace(/\.cjs$/, '.mjs'))
}

function needsLoader(module: string | undefined): module is string {
  return module !== undefined && isTypeScript(module) && !nodeStripsTypes()
}

/** The URL of a module of tsx, as it is installed for the task module, or else for this program. */
function resolveFor(module: string, specifier: string): string {
  for (const from of [module, pathToFileURL(`${process.cwd()}/`).href]) {
    try {
      return pathToFileURL(createRequire(from).resolve(specifier)).href
    } catch {
      // Not installed there.
    }
  }
  throw new StartError(
    `${module} is TypeScript, which Node ${process.versions.node} does not run by itself: install tsx, use Node 22.18 ` +
      'or newer, or name the compiled module',
  )
}
