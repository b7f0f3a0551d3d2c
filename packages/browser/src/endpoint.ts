import { type Hello, isSignal } from './words.ts'

/** The other side of a connection to be, whatever the user's function made. */
export interface Endpoint {
  /** Delivers the HELLO and its port as soon as it can be taken. */
  greet(hello: Hello, port: MessagePort): void
  /** Has `failed` called with what is known when its script cannot be loaded, or throws. */
  onError(failed: (reason: string) => void): void
  /** Ends the realm; undefined if it is not there for this connection alone, and goes on. */
  readonly terminate: (() => void) | undefined
  /** It may be of another origin. */
  readonly foreign: boolean
}

/** @throws TypeError at what cannot be spoken to */
export function endpointOf(made: unknown): Endpoint {
  if (made instanceof Worker) return ofWorker(made)
  if (typeof SharedWorker !== 'undefined' && made instanceof SharedWorker) return ofSharedWorker(made)
  if (made instanceof MessagePort) return ofPort(made)
  throw new TypeError(
    'the function given to taskModule() must return a Worker, a SharedWorker or a MessagePort; for a window, windowPort()',
  )
}

const used = new WeakSet<Worker>()

/** A worker may lose what it is sent before `expose()` was called there, so it speaks first. */
function ofWorker(worker: Worker): Endpoint {
  if (used.has(worker)) throw new TypeError('the function given to taskModule() must make a new Worker each time')
  used.add(worker)
  return {
    greet(hello, port) {
      const answer = ({ data }: MessageEvent<unknown>) => {
        if (!isSignal(data, 'exposed')) return
        worker.removeEventListener('message', answer)
        worker.postMessage(hello, [port])
      }
      worker.addEventListener('message', answer)
    },
    onError(failed) {
      worker.addEventListener('error', (event) => failed(reasonOf(event)))
      worker.addEventListener('message', ({ data }) => isSignal(data, 'closed') && failed('it closed itself'))
    },
    terminate: () => worker.terminate(),
    foreign: false,
  }
}

function ofSharedWorker(worker: SharedWorker): Endpoint {
  const onError = (failed: (reason: string) => void) =>
    worker.addEventListener('error', (event) => failed(reasonOf(event)))
  return { ...ofPort(worker.port), onError, foreign: false }
}

/** A port keeps what it is sent until somebody listens. */
function ofPort(port: MessagePort): Endpoint {
  return {
    greet: (hello, own) => port.postMessage(hello, [own]),
    onError: () => {},
    terminate: undefined,
    foreign: true,
  }
}

/** Whoever gets this reports it; the page's own `onerror` need not. Browsers do not tell why a script did not load. */
function reasonOf(event: Event): string {
  event.preventDefault()
  const { message, filename, lineno } = event as Partial<ErrorEvent>
  if (!message) return 'its script could not be loaded; the browser says why in its console'
  return filename ? `${message} (${filename}:${lineno})` : message
}
