import { isMarked, isSignal, type Signal, signal } from './words.ts'

/**
 * A port to another window: a frame, or a page that was opened, in which `expose(tasks, { origin })` is called. For
 * `taskModule()`.
 *
 * The port is given to that window alone, and only while it shows a page of that origin.
 *
 * @param origin such as `https://example.org`
 * @throws TypeError if it is no origin
 * @example
 * const port = windowPort(frame.contentWindow!, { origin: 'https://example.org' })
 * const tasks = taskModule<typeof import('./tasks.ts')>(() => port)
 */
export function windowPort(target: Window, { origin }: { origin: string }): MessagePort {
  const [allowed] = checkedOrigins(origin)
  const { port1, port2 } = new MessageChannel()
  const hear = (message: MessageEvent<unknown>) => {
    if (message.source !== target || !isSignal(message.data, 'exposed')) return
    if (message.origin !== allowed) return warn(message, 'windowPort()')
    removeEventListener('message', hear)
    target.postMessage(signal('port'), { targetOrigin: allowed!, transfer: [port2] })
  }
  addEventListener('message', hear)
  // It may have called expose() before; if its page is not there yet, it will.
  tell(target, 'knock', allowed!)
  return port1
}

/** The other side: serves the ports that `source` sends from a page of one of these origins. */
export function listenToWindow(origins: readonly string[], source: Window, serve: (port: MessagePort) => void): void {
  addEventListener('message', (message: MessageEvent<unknown>) => {
    const { data, ports } = message
    if (!isMarked(data) || isSignal(data, 'exposed')) return
    if (message.source !== source || !origins.includes(message.origin)) return warn(message, 'expose()')
    if (isSignal(data, 'knock')) tell(source, 'exposed', message.origin)
    if (isSignal(data, 'port')) serve(ports[0]!)
  })
  for (const origin of origins) tell(source, 'exposed', origin)
}

/** A window that shows a page of another origin does not get it. */
function tell(target: Window, is: Signal['is'], targetOrigin: string): void {
  target.postMessage(signal(is), { targetOrigin })
}

function warn({ origin }: MessageEvent, which: string): void {
  console.warn(
    `Millrace: ${which} has ignored a message from ${origin}: it is not from the origin and window that it serves`,
  )
}

/** @throws TypeError unless each is exactly an origin; `*` is none. */
export function checkedOrigins(origin: string | readonly string[] | undefined): readonly string[] {
  const origins = typeof origin === 'string' ? [origin] : (origin ?? [])
  if (origins.length > 0 && origins.every(isOrigin)) return origins
  throw new TypeError(
    `in a window, give { origin: 'https://example.org' }, the origin or origins that may take part, not ${JSON.stringify(origin)}`,
  )
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}
