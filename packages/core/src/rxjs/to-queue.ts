import type { OperatorFunction } from 'rxjs'
import type { BaseQueue } from '../base-queue.ts'
import { CHANNEL } from '../queue-channel.ts'
import { type SentOptions, sent } from './sent.ts'

/**
 * Puts each item into a queue, whose free places are the demand. Emits how many there were once all of them found their
 * place, and completes. The queue stays open.
 *
 * Fails with EncodeError at an item that cannot travel, and with ClosedError once the queue was closed.
 *
 * @example
 * const count = await lastValueFrom(from(lines).pipe(toQueue(queue)))
 */
export function toQueue<T>(queue: BaseQueue<T>, options?: SentOptions): OperatorFunction<T, number> {
  return sent('toQueue()', () => queue[CHANNEL], options)
}
