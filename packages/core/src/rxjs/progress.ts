import { type MonoTypeOperatorFunction, Observable, type Subscriber, tap } from 'rxjs'
import type { Timer } from '../clock.ts'
import { checkOptions } from '../options.ts'
import { amount } from '../pool/pool-options.ts'
import { runtime } from '../runtime.ts'

/** How far a pipeline has come at that place. */
export interface Progress {
  /** How many items have passed. */
  readonly count: number
  /** Milliseconds since the subscription. */
  readonly ms: number
  /** Items per second, since the subscription. */
  readonly rate: number
  /** Whether more is to come, or how it ended. */
  readonly state: 'running' | 'complete' | 'failed'
}

/**
 * Passes everything through, and tells how far it has come: every `interval` ms, 1,000 unless given, while items pass, and
 * at the end. Fails with what `report` throws.
 *
 * @example
 * from(files).pipe(mapProcess(tasks.weigh), progress(({ count, rate }) => console.log(count, rate))).subscribe()
 */
export function progress<T>(
  report: (progress: Progress) => void,
  options: { readonly interval?: number | undefined } = {},
): MonoTypeOperatorFunction<T> {
  if (typeof report !== 'function') throw new TypeError(`progress() needs a function, not ${String(report)}`)
  checkOptions('progress()', options, ['interval'])
  const { interval = 1_000 } = options
  amount('interval', interval)
  return (source) =>
    new Observable<T>((subscriber) => source.pipe(counted<T>(report, interval, subscriber)).subscribe(subscriber))
}

/** Counts for one subscriber. */
function counted<T>(
  report: (progress: Progress) => void,
  interval: number,
  subscriber: Subscriber<T>,
): MonoTypeOperatorFunction<T> {
  const { clock } = runtime().context
  const began = clock.now()
  let count = 0
  let timer: Timer
  const tell = (state: Progress['state']): void => {
    const ms = clock.now() - began
    report({ count, ms, rate: ms > 0 ? (count * 1_000) / ms : 0, state })
  }
  const later = (): void => {
    timer = undefined
    try {
      tell('running')
    } catch (error) {
      subscriber.error(error)
    }
  }
  return tap<T>({
    next: () => {
      count++
      timer ??= clock.setTimer(later, interval, true)
    },
    error: () => tell('failed'),
    complete: () => tell('complete'),
    finalize: () => clock.clearTimer(timer),
  })
}
