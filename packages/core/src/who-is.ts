import type { Context } from './context.ts'
import { currentProcess } from './current-process.ts'
import { pid } from './platform.ts'
import { isInUse, runtime } from './runtime.ts'

/** What others call a context, so that a person finds it: its process, its place in the tree, and the process id. */
export function whoIs(context: Context): string {
  const known = pid()
  if (known === undefined || !isInUse()) return context.path
  // At the hub of a manager it has no place in the tree.
  if (context.abroad !== undefined) return `${currentProcess().name} (pid ${known})`
  // Only the context that belongs to this realm is the process that its code runs in.
  return runtime().context === context ? describeProcess(currentProcess().name, context.path, known) : context.path
}

export function describeProcess(name: string, path: string, pid: number | undefined): string {
  return `${name} (${path}, pid ${pid})`
}
