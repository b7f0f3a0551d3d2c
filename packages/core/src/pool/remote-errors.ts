/**
 * Errors that came from another process. A class alone does not tell: what a task has thrown may be a TimeoutError of its own,
 * which is no news of the call.
 */
const remote = new WeakSet<object>()

/** Notes that it came from another process, and gives it back. */
export function fromElsewhere<E>(error: E): E {
  if (typeof error === 'object' && error !== null) remote.add(error)
  return error
}

export function isFromElsewhere(error: object): boolean {
  return remote.has(error)
}
