import { scopeKind, workerScope } from './scope.ts'

type Serve = (port: MessagePort) => void

let early: MessagePort[] = []
let serve: Serve = (port) => void early.push(port)

/**
 * Has every page that connects to this SharedWorker served. Pages connect before a task module that awaits something
 * has loaded, and are told to nobody else, so they are awaited from the import of this module on.
 */
export function onConnection(serveIt: Serve): void {
  serve = serveIt
  const waiting = early
  early = []
  for (const port of waiting) serveIt(port)
}

/** Called when this package is loaded. */
export function awaitConnections(): void {
  if (scopeKind() !== 'shared') return
  workerScope().addEventListener('connect', (event) => serve((event as MessageEvent).ports[0]!))
}
