import { taskModule } from '@millrace/node'

/** The tasks of `fixtures/future-tasks.mjs`. */
export const tasks = taskModule<typeof import('./fixtures/future-tasks.mjs')>(
  new URL('./fixtures/future-tasks.mjs', import.meta.url),
)

/** Where they run. */
export { kinds } from '../kinds.ts'

export const range = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Everything that an iterator gives. */
export async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** Resolves with what a promise is rejected with. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<Error & { cause?: Error }> {
  return promise.then(
    () => new Error('it was not rejected'),
    (error) => error,
  ) as Promise<Error & { cause?: Error }>
}
