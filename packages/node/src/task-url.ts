import type { SpawnRequest } from '@millrace/core/child'
import { resolveModule } from './resolve-module.ts'

/**
 * The URL of the module that a process loads.
 * @throws TypeError at a function that makes a worker: that is for browsers
 */
export function taskUrl({ source, name }: SpawnRequest): string | undefined {
  if (typeof source !== 'function') return source && resolveModule(source)
  throw new TypeError(`process ${name}: in Node, give taskModule() the URL of the module, not a function`)
}
