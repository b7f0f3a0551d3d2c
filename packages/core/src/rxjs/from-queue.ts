import type { Observable } from 'rxjs'
import type { BaseQueue } from '../base-queue.ts'
import { CHANNEL } from '../queue-channel.ts'
import { received } from './received.ts'

/**
 * Emits the items of a queue until it is closed in this process. Each is taken only when the stage that is fed has room for
 * it, so the others stay in the queue, for other processes too.
 *
 * @example
 * fromQueue(lines).pipe(mapProcess(tasks.parse, { processes: 2 })).subscribe(console.log)
 */
export function fromQueue<T>(queue: BaseQueue<T>): Observable<T> {
  const channel = queue[CHANNEL]
  // The handle must not become garbage meanwhile.
  return received(channel.inbox, () => queue[CHANNEL].closed)
}
