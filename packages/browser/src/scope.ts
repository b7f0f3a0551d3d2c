/** What of a worker's global scope is used here; the types of pages and of workers cannot be loaded side by side. */
export interface WorkerScope extends EventTarget {
  postMessage(message: unknown): void
  close(): void
}

declare const DedicatedWorkerGlobalScope: object | undefined
declare const SharedWorkerGlobalScope: object | undefined

/** In what kind of realm this code runs; `'other'`: none that could be reached from another one. */
export type ScopeKind = 'dedicated' | 'shared' | 'window' | 'other'

export function scopeKind(): ScopeKind {
  if (typeof DedicatedWorkerGlobalScope !== 'undefined') return 'dedicated'
  if (typeof SharedWorkerGlobalScope !== 'undefined') return 'shared'
  return typeof document === 'undefined' ? 'other' : 'window'
}

export function workerScope(): WorkerScope {
  return globalThis as unknown as WorkerScope
}
