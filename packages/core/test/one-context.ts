import { JoinableQueue, type JoinableQueueOptions } from '../src/joinable-queue.ts'
import { Queue } from '../src/queue.ts'
import type { QueueOptions } from '../src/queue-channel.ts'
import { createRoot, type Runtime } from '../src/runtime.ts'
import { inContext } from './in-context.ts'
import { ManualClock } from './manual-clock.ts'

/** A program of a single context, whose time a test moves by hand. */
export class OneContext {
  readonly clock = new ManualClock()
  readonly root: Runtime

  constructor(maxFrame?: number) {
    this.root = createRoot(this.clock, maxFrame)
  }

  make<T>(make: () => T): T {
    return inContext(this.root.context, make)
  }

  queue<T = unknown>(options?: QueueOptions): Queue<T> {
    return this.make(() => new Queue<T>(options))
  }

  joinable<T = unknown>(options?: JoinableQueueOptions): JoinableQueue<T> {
    return this.make(() => new JoinableQueue<T>(options))
  }

  /** What has become of a promise, once nothing more is to be done. */
  async now<T>(promise: Promise<T>): Promise<T | Error | 'pending'> {
    let state: T | Error | 'pending' = 'pending'
    promise.then(
      (value) => {
        state = value
      },
      (error) => {
        state = error
      },
    )
    await this.clock.settle()
    return state
  }

  allNow(promises: ReadonlyArray<Promise<unknown>>): Promise<unknown[]> {
    return Promise.all(promises.map((promise) => this.now(promise)))
  }
}
