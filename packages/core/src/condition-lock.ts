import type { HANDLE, HandleState } from './handle.ts'
import type { WaitOptions } from './lessee.ts'

/** What a condition needs of its lock: `Lock` and `RLock` have it. */
export interface ConditionLock {
  /** @internal */
  readonly [HANDLE]: HandleState
  /** Resolves with true once this process has it, with false after `timeout` ms. */
  acquire(options?: WaitOptions): Promise<boolean>
  /** Gives it up. */
  release(): Promise<void> | void
  /** Acquires it, for `using`. */
  hold(options?: WaitOptions): Promise<unknown>
  /** Calls `run` while this process has it. */
  withLock<T>(run: () => T | Promise<T>, options?: WaitOptions): Promise<T>
  /** @internal Whether this process has it. */
  readonly isHeld: boolean
  /** @internal Gives it up, however often it was acquired; returns how often that was. */
  releaseAll?(): number | Promise<number>
  /** @internal Acquires it as often as that. */
  restore?(depth: number): Promise<void>
}
