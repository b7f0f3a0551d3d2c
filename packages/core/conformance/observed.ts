import { expect } from 'vitest'

/** A promise, and what has become of it so far. */
export interface Observed<T> {
  readonly promise: Promise<T>
  readonly state: 'pending' | 'resolved' | 'rejected'
}

/** Watches a promise without waiting for it; it may be rejected while nobody looks. */
export function observe<T>(promise: Promise<T>): Observed<T> {
  const observed = { promise, state: 'pending' as Observed<T>['state'] }
  promise.then(
    () => {
      observed.state = 'resolved'
    },
    () => {
      observed.state = 'rejected'
    },
  )
  return observed
}

/** How long something takes, in milliseconds. */
export async function timed<T>(promise: Promise<T>): Promise<[result: PromiseSettledResult<T>, ms: number]> {
  const start = performance.now()
  const [result] = await Promise.allSettled([promise])
  return [result, performance.now() - start]
}

/** Rejects with an instance of that class, not earlier than the timeout, and not absurdly later. */
export async function expectTimeout(
  promise: Promise<unknown>,
  type: new (...args: never[]) => Error,
  timeout: number,
): Promise<Error> {
  const [result, ms] = await timed(promise)
  if (result.status === 'fulfilled') throw new Error(`resolved with ${String(result.value)} instead of timing out`)
  expect(result.reason).toBeInstanceOf(type)
  // A timer counts from the last look at the clock, which was a while ago if this turn has lasted.
  expect(ms).toBeGreaterThanOrEqual(timeout - 20)
  expect(ms).toBeLessThan(timeout + 20_000)
  return result.reason as Error
}

/** From 0 to before `end`. */
export function range(end: number): number[] {
  return Array.from({ length: end }, (_, i) => i)
}

/** Blocks the event loop for so many milliseconds. */
export function busyFor(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}
