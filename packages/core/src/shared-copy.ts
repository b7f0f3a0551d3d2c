/** How what lies in shared memory is copied. */
export const COPY: unique symbol = Symbol('copy')

/** What can be copied: a `SharedValue`, `SharedArray` or `SharedStruct`. */
export interface Copyable {
  /** @internal */
  [COPY](): Promise<object>
}

/**
 * Makes another one in shared memory that holds the same now, and changes by itself: Python's
 * `multiprocessing.sharedctypes.copy`. It has a lock of its own if the original has one, under which it is read.
 *
 * @example
 * const total = new SharedValue('int32', 7)
 * const before = await copy(total)
 * await total.set(0)
 * console.log(await before.get()) // 7
 */
export function copy<T extends Copyable>(original: T): Promise<T> {
  return original[COPY]() as Promise<T>
}
