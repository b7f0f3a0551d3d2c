export const INTERRUPTED = 130

/** npm passes signals on that the terminal has sent already: one Ctrl-C may arrive twice. */
const ECHO = 500

/** A signal that aborts at Ctrl-C. Another Ctrl-C, should the program not have ended by then, ends it at once. */
export function interruption(): AbortSignal {
  const stop = new AbortController()
  let first = 0
  process.on('SIGINT', () => {
    if (!stop.signal.aborted) first = performance.now()
    else if (performance.now() - first > ECHO) process.exit(INTERRUPTED)
    stop.abort(new Error('interrupted'))
  })
  return stop.signal
}
