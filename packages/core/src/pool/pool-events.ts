import { type InteropObservable, type InteropObserver, OBSERVABLE } from '../observable.ts'
import { printFailure } from './pool-options.ts'
import { tell } from './tell.ts'

/** A worker, as events tell of it. */
export interface WorkerIdentity {
  /** What its process is called. */
  readonly name: string
  /** The id of its process; undefined where it has none. */
  readonly pid: number | undefined
}

/** What happens in a pool. Durations are milliseconds; `id` numbers the units in the order in which they were begun. */
export type PoolEvent =
  | { readonly type: 'worker-born'; readonly worker: WorkerIdentity }
  | { readonly type: 'worker-ready'; readonly worker: WorkerIdentity; readonly ms: number }
  | {
      /** By itself or by force; or because it was told to. */
      readonly type: 'worker-died' | 'worker-ended'
      readonly worker: WorkerIdentity
      readonly exitCode: number | null
      readonly ms: number
    }
  | { readonly type: 'started'; readonly task: string; readonly id: number; readonly worker: WorkerIdentity }
  | {
      readonly type: 'finished'
      readonly task: string
      readonly id: number
      readonly calls: number
      readonly ms: number
    }
  | { readonly type: 'failed'; readonly task: string; readonly id: number; readonly error: unknown }
  | {
      readonly type: 'retried'
      readonly task: string
      readonly id: number
      readonly attempt: number
      readonly error: unknown
    }

/** What happens in a pool, told to whoever subscribes, as it happens; nobody waits for them. */
export class PoolEvents implements InteropObservable<PoolEvent> {
  readonly #observers = new Set<InteropObserver<PoolEvent>>()
  readonly #onWatched: (watched: boolean) => void
  #over = false

  /** @internal */
  constructor(onWatched: (watched: boolean) => void) {
    this.#onWatched = onWatched
  }

  /** Whether anybody looks. */
  get watched(): boolean {
    return this.#observers.size > 0
  }

  /** Has an observer, or a function, told of every event from now on. `from(pool.events)` of RxJS works. */
  subscribe(observer: InteropObserver<PoolEvent> | ((event: PoolEvent) => void)): { unsubscribe(): void } {
    const each = typeof observer === 'function' ? { next: observer } : observer
    if (this.#over) {
      each.complete?.()
      return { unsubscribe: () => {} }
    }
    this.#observers.add(each)
    if (this.#observers.size === 1) this.#onWatched(true)
    return {
      unsubscribe: () => {
        if (this.#observers.delete(each) && this.#observers.size === 0) this.#onWatched(false)
      },
    }
  }

  /** For RxJS's `from`. */
  [OBSERVABLE](): InteropObservable<PoolEvent> {
    return this
  }

  /** @internal */
  tell(event: PoolEvent): void {
    for (const observer of [...this.#observers]) tell((each) => observer.next?.(each), failed, event)
  }

  /** @internal The pool is no more. */
  end(): void {
    this.#over = true
    for (const observer of [...this.#observers]) tell(() => observer.complete?.(), failed)
    this.#observers.clear()
  }
}

function failed(error: unknown): void {
  printFailure('an observer of pool events', error)
}
