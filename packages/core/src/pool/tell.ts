/**
 * Calls what the user gave to be told of something. Whatever it throws, or rejects with, is for `failed` to hear: who
 * listens must not harm what he listens to.
 */
export function tell<Args extends readonly unknown[]>(
  listener: ((...args: Args) => unknown) | undefined,
  failed: (error: unknown) => void,
  ...args: Args
): void {
  try {
    const returned = listener?.(...args)
    if (isThenable(returned)) returned.then(undefined, failed)
  } catch (error) {
    failed(error)
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null) return false
  return typeof (value as { then?: unknown }).then === 'function'
}
