/**
 * Millrace for browsers: nothing yet. What comes here is a transport over module Web Workers and one over any
 * `MessagePort`, with `expose(tasks)` for the worker's side; the queues and processes are those of `@millrace/core`,
 * re-exported as `@millrace/node` does.
 */
export {}
