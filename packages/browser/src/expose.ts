import { BootstrapError } from '@millrace/core'
import { isInUse } from '@millrace/core/internal'
import { type Exposed, Resident } from './resident.ts'
import { scopeKind, type WorkerScope, workerScope } from './scope.ts'
import { onConnection } from './shared-worker.ts'
import { checkedOrigins, listenToWindow } from './window-port.ts'
import { isHello, signal } from './words.ts'

/** From where tasks may be started. */
export interface ExposeOptions {
  /** In a window: the origins whose pages may start tasks here, such as `https://example.org`. */
  readonly origin?: string | readonly string[]
  /** In a window: which other window may; unless given, the one that this is a frame of, or that opened it. */
  readonly source?: Window
  /** Serves whoever holds the other end of this port, instead of this realm's own starter. */
  readonly port?: MessagePort
}

/**
 * Offers the exported functions of a module as tasks to whoever made this worker, SharedWorker or frame. It belongs in
 * a module of its own, which the worker is made of.
 *
 * @throws TypeError in a window without `origin`, and where nobody could start anything
 * @throws BootstrapError in a worker whose task module has made a queue, say, or started a process while it was loading
 * @example
 * // tasks.worker.ts
 * import { expose } from '@millrace/browser'
 * import * as tasks from './tasks.ts'
 * expose(tasks)
 */
export function expose(tasks: object, { origin, source, port }: ExposeOptions = {}): void {
  const exposed = tasks as Exposed
  if (port !== undefined) return servePort(port, exposed)
  switch (scopeKind()) {
    case 'dedicated':
      return serveWorker(workerScope(), exposed)
    case 'shared':
      return onConnection((connection) => servePort(connection, exposed))
    case 'window':
      return listenToWindow(checkedOrigins(origin), source ?? starter(), (connection) => servePort(connection, exposed))
    default:
      throw new TypeError('expose() is for Web Workers, SharedWorkers and windows')
  }
}

function starter(): Window {
  const found = window.parent === window ? (window.opener as Window | null) : window.parent
  if (found !== null) return found
  throw new TypeError(
    'expose() in a page that is no frame and that no other page has opened: give it a port or a source',
  )
}

let isExposed = false

/** A dedicated worker: it runs one process, and ends with it. */
function serveWorker(scope: WorkerScope, tasks: Exposed): void {
  if (isExposed) throw new TypeError('expose() was called before: a worker offers all its tasks at once')
  isExposed = true
  if (isInUse())
    throw new BootstrapError(
      'the task module has used Millrace while it was loading: make queues and start processes inside functions',
    )
  const close = scope.close.bind(scope)
  let resident: Resident | undefined
  const greeted = async (event: Event) => {
    const { data, ports } = event as MessageEvent<unknown>
    if (!isHello(data)) return
    event.stopImmediatePropagation()
    scope.removeEventListener('message', greeted)
    resident = await Resident.settle(data, ports[0]!, tasks, close)
  }
  scope.addEventListener('message', greeted)
  // What was put before is sent then, as at process.exit() in Node.
  scope.close = () => {
    if (resident !== undefined) return resident.end()
    scope.postMessage(signal('closed'))
    close()
  }
  crashWith(scope, () => resident)
  scope.postMessage(signal('exposed'))
}

/** An error that nobody catches ends a worker as it ends a Node process. Until it has begun, its starter sees to that. */
function crashWith(scope: WorkerScope, resident: () => Resident | undefined): void {
  const crash = (event: Event, error: unknown) => {
    const current = resident()
    if (event.defaultPrevented || current === undefined) return
    event.preventDefault()
    current.crash(error)
  }
  scope.addEventListener('error', (event) => {
    const { error, message } = event as ErrorEvent
    crash(event, error ?? message)
  })
  scope.addEventListener('unhandledrejection', (event) => crash(event, (event as PromiseRejectionEvent).reason))
}

/** Several contexts may live in one realm; it goes on without them. */
function servePort(port: MessagePort, tasks: Exposed): void {
  port.addEventListener('message', ({ data, ports }: MessageEvent<unknown>) => {
    if (isHello(data)) void Resident.settle(data, ports[0]!, tasks).then(endWithPage)
  })
  port.start()
}

/** A frame that is removed or goes elsewhere says so; one that crashes does not. */
function endWithPage(resident: Resident): void {
  if (scopeKind() !== 'window') return
  addEventListener('pagehide', ({ persisted }) => {
    if (!persisted) resident.end({ exitCode: 1, signal: null })
  })
}
