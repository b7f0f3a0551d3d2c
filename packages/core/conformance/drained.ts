import { EmptyError, type Queue } from '@millrace/core'

/** Everything that is in a queue now. */
export async function drained<T>(queue: Queue<T>): Promise<T[]> {
  const items: T[] = []
  try {
    for (;;) items.push(await queue.getNowait())
  } catch (error) {
    if (!(error instanceof EmptyError)) throw error
  }
  return items
}
