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
  if (module === undefined || !isTypeScript(module) || nodeStripsTypes()) return []
  if (process.execArgv.some((flag) => /\btsx\b/.test(flag))) return []
  for (const from of [module, pathToFileURL(`${process.cwd()}/`).href]) {
    try {
      return ['--import', pathToFileURL(createRequire(from).resolve('tsx')).href]
    } catch {
      // Not installed there.
    }
  }
  throw new StartError(
    `${module} is TypeScript, which Node ${process.versions.node} does not run by itself: install tsx, use Node 22.18 ` +
      'or newer, or name the compiled module',
  )
}
