/** The part of `AbortSignal` that is used here; the platforms bring their own. */
export interface AbortSignal {
  /** Whether it was aborted. */
  readonly aborted: boolean
  /** Why; what is given up by it rejects with this. */
  readonly reason?: unknown
  /** Calls back when it is aborted. */
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  /** Does not call back after all. */
  removeEventListener(type: 'abort', listener: () => void): void
}

interface Watch {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}

/**
 * One listener for each signal, however many operations wait on it: a signal that a whole program shares would otherwise
 * collect thousands, of which Node warns from the eleventh on.
 */
const watches = new WeakMap<AbortSignal, Watch>()

/** Calls back once when the signal is aborted, unless `offAbort` comes before. */
export function onAbort(signal: AbortSignal, callback: () => void): void {
  const known = watches.get(signal)
  if (known !== undefined) return void known.callbacks.add(callback)
  const callbacks = new Set([callback])
  const listener = () => {
    // One may take others back.
    for (const each of callbacks) {
      callbacks.delete(each)
      each()
    }
    watches.delete(signal)
  }
  watches.set(signal, { callbacks, listener })
  signal.addEventListener('abort', listener, { once: true })
}

export function offAbort(signal: AbortSignal, callback: () => void): void {
  const watch = watches.get(signal)
  if (watch === undefined || !watch.callbacks.delete(callback) || watch.callbacks.size > 0) return
  watches.delete(signal)
  signal.removeEventListener('abort', watch.listener)
}
