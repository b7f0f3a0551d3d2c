import { type Arrival, BaseQueue } from './base-queue.ts'
import { bound } from './bounds.ts'
import { ValueError } from './errors.ts'
import { defineHandle } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import { checkOptions } from './options.ts'
import type { QueueOptions } from './queue-channel.ts'

/**
 * A first-in, first-out queue that any number of processes share: Python's `multiprocessing.Queue`.
 *
 * At most `maxsize` items are put and not yet taken, wherever they are on their way; `put` waits for room. Once `put`
 * has resolved the item is visible to every process, and it is a snapshot: later changes to the object do not show.
 * When a process dies, what was delegated to it and not yet taken goes to the others, in order.
 *
 * Timeouts are milliseconds. Async iteration and `Symbol.observable` take items until the queue is closed in this
 * process.
 *
 * @example
 * const queue = new Queue<string>({ maxsize: 3 })
 * await queue.put('hello')
 * console.log(await queue.get({ timeout: 1_000 })) // hello
 */
export class Queue<T = unknown> extends BaseQueue<T> {
  /** The bound on the number of items; 0: none. */
  readonly maxsize: number

  constructor(options?: QueueOptions)
  /** @internal */
  constructor(options: QueueOptions, arrival: Arrival | undefined, kind?: string, mayRelease?: () => boolean)
  constructor(options: QueueOptions = {}, arrival?: Arrival, kind = 'queue', mayRelease?: () => boolean) {
    const all = arrival === undefined ? { ...options, ...checked(options, kind) } : options
    super(kind, all, arrival, mayRelease)
    this.maxsize = all.maxsize ?? 0
  }

  /**
   * As `put`, without waiting for room: Python's `put_nowait`. Slots that other processes hold unused are asked back
   * first, so the answer is exact, unless one of them blocks its event loop for more than a second.
   *
   * @throws FullError if the queue is full
   */
  putNowait(item: T): Promise<void> {
    return this.put(item, NOWAIT)
  }

  /**
   * As `get`, without waiting for an item: Python's `get_nowait`; exact as `putNowait` is.
   * @throws EmptyError if the queue is empty
   */
  getNowait(): Promise<T> {
    return this.get(NOWAIT)
  }

  /** How many items are put and not yet taken: Python's `qsize`. */
  async qsize(): Promise<number> {
    return (await this.channel.size()).length
  }

  /** Whether a put would wait: Python's `full`. */
  async full(): Promise<boolean> {
    return (await this.channel.size()).full
  }

  /**
   * Resolves when everything that this process has put found its place: Python's `join_thread`.
   * @throws ValueError before `close()`
   */
  joinThread(): Promise<void> {
    if (this.channel.closed) return this.channel.outbox.flushed()
    return Promise.reject(new ValueError('joinThread() is for a closed queue: close() it first'))
  }

  /**
   * Lets this process end although puts still wait for room; those are lost then. Python's `cancel_join_thread`.
   */
  cancelJoinThread(): void {
    this.unref()
  }
}

const NOWAIT: WaitOptions = { timeout: 0 }

/** @throws TypeError at bounds that are no numbers; 0 and less mean none, as in Python. */
function checked(options: QueueOptions, kind: string): Required<QueueOptions> {
  // The others have looked over their own.
  if (kind === 'queue') checkOptions('a queue', options, ['maxsize', 'maxbytes'])
  const { maxsize = 0, maxbytes = 0 } = options
  return { maxsize: bound('maxsize', maxsize), maxbytes: bound('maxbytes', maxbytes) }
}

defineHandle('queue', (context, id, options) => new Queue(options as QueueOptions, { context, id }))
