/** What RxJS, and whoever else follows its convention, looks for: `Symbol.observable`, or this string. */
export const OBSERVABLE: '@@observable' = ((Symbol as { observable?: symbol }).observable ??
  '@@observable') as '@@observable'

/** The parts of RxJS's types that interoperate without it. */
export interface InteropObserver<T> {
  next?: (value: T) => void
  error?: (error: unknown) => void
  complete?: () => void
  /** Wants nothing more; RxJS's subscribers say so. */
  readonly closed?: boolean
}

export interface InteropObservable<T> {
  subscribe(observer: InteropObserver<T>): { unsubscribe(): void }
  [OBSERVABLE](): InteropObservable<T>
}
