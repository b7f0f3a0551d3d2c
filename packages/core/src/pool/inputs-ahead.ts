import { Deque } from '../deque.ts'

/**
 * Inputs that wait for workers: never more than so many were taken in and are not `released`, so an endless source does
 * no harm. How they come is for who extends this.
 */
export abstract class InputsAhead {
  /** Taken in, and not taken out. */
  protected readonly items = new Deque<unknown>()
  protected readonly limit: number
  /** How many were taken in and not released. */
  protected held = 0
  /** What the source ended with, until it is taken. */
  protected error: { readonly error: unknown } | undefined

  constructor(limit: number) {
    this.limit = limit
  }

  /** Whether nothing more comes. */
  abstract get over(): boolean
  /** So many of those that were taken are done with. */
  abstract release(count: number): void
  /** Takes in as much as may be, if that is for this side to do. */
  abstract read(): void

  get length(): number {
    return this.items.length
  }

  /** Whether more may come before any that was taken is released. */
  get expecting(): boolean {
    return !this.over && this.held < this.limit
  }

  /** Whether nothing more comes, and everything was taken and released. */
  get finished(): boolean {
    return this.over && this.held === 0
  }

  take(count: number): unknown[] {
    const taken: unknown[] = []
    while (taken.length < count && this.items.length > 0) taken.push(this.items.shift())
    return taken
  }

  /** Puts inputs back that were taken and cannot be used yet. */
  putBack(inputs: readonly unknown[]): void {
    for (let i = inputs.length - 1; i >= 0; i--) this.items.unshift(inputs[i])
  }

  get failed(): boolean {
    return this.error !== undefined
  }

  /** The error of the source, once. */
  takeError(): { readonly error: unknown } | undefined {
    const { error } = this
    this.error = undefined
    return error
  }

  /** Nobody wants them any more. */
  stop(): void {
    this.items.clear()
    this.held = 0
    this.error = undefined
  }
}
