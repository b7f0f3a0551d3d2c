import { defer, finalize, Observable, type ObservableInput } from 'rxjs'
import { Supply } from './supply.ts'

/**
 * The items of one of several pipelines. Each of its subscribers gets all that come from then on. There is room for one when
 * all of them have it; and none before the first has subscribed, since that may come later.
 *
 * A pipeline that wants nothing more takes what comes and drops it, or it would hold up the others.
 */
export class Part<T> {
  readonly items$: Observable<T>
  readonly #supplies = new Set<Supply<T>>()
  readonly #wake: () => void
  #state: 'awaited' | 'subscribing' | 'begun' | 'complete' = 'awaited'

  /** @param wake called when it may be `ready` again */
  constructor(wake: () => void) {
    this.#wake = wake
    this.items$ = new Observable((below) => {
      if (this.#state === 'complete') return below.complete()
      const supply = new Supply<T>(below, wake, Number.POSITIVE_INFINITY)
      this.#supplies.add(supply)
      below.add(() => {
        this.#supplies.delete(supply)
        wake()
      })
      return this.#subscribed()
    })
  }

  get ready(): boolean {
    if (this.#state === 'awaited' || this.#state === 'subscribing') return false
    for (const supply of this.#supplies) if (!supply.ready) return false
    return true
  }

  next(item: T): void {
    // Some may leave meanwhile; and to those that come, it is none of theirs.
    for (const supply of [...this.#supplies]) if (!supply.closed) supply.next(item)
  }

  /** Those that have subscribed by now get its first item. */
  begin(): void {
    if (this.#state !== 'subscribing') return
    this.#state = 'begun'
    this.#wake()
  }

  complete(): void {
    this.#state = 'complete'
    for (const supply of [...this.#supplies]) supply.complete()
  }

  /** What comes of it. When that has ended, nobody will subscribe any more. */
  through<R>(pipeline: (items$: Observable<T>) => ObservableInput<R>): Observable<R> {
    return defer(() => pipeline(this.items$)).pipe(
      finalize(() => {
        if (this.#state !== 'complete') this.#state = 'begun'
        this.#wake()
      }),
    )
  }

  #subscribed(): void {
    if (this.#state !== 'awaited') return
    this.#state = 'subscribing'
    // Another may subscribe right after, as in a `merge` of two.
    void DONE.then(() => this.begin())
  }
}

const DONE = Promise.resolve()
