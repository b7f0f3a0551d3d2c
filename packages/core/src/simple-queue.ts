import { type Arrival, BaseQueue } from './base-queue.ts'
import { defineHandle } from './handle.ts'

/**
 * An unbounded queue that can only `put`, `get`, tell whether it is `empty`, and be closed: Python's
 * `multiprocessing.SimpleQueue`.
 *
 * @example
 * const queue = new SimpleQueue<number>()
 * await queue.put(1)
 * console.log(await queue.empty()) // false
 */
export class SimpleQueue<T = unknown> extends BaseQueue<T> {
  constructor(arrival?: Arrival) {
    super('simple-queue', {}, arrival)
  }
}

defineHandle('simple-queue', (context, id) => new SimpleQueue({ context, id }))
