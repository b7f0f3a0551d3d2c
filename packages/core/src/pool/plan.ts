import { TOLD } from './effects.ts'
import type { CheckedPoolOptions } from './pool-options.ts'
import type { TaskOptions } from './task-options.ts'
import { How } from './words.ts'

/** How units are to be done: one for all that come of one call of a method. */
export interface Plan {
  /** See `words.ts`. */
  readonly how: number
  readonly priority: number
  readonly caller: unknown
  /** Milliseconds that an attempt may run; undefined: for ever. */
  readonly attemptTimeout: number | undefined
  /** How often a unit is done again after a failure. */
  readonly retries: number
  /** Milliseconds to wait before the first time; twice as long before the next, and so on. */
  readonly backoff: number
  readonly retryIf: (error: unknown) => boolean
  /** What travels with each call for whoever runs an Effect that it returns; undefined: nothing. */
  readonly told: unknown
}

const always = (): boolean => true

/** All single calls whose caller is not named are of this one. */
const ANYBODY = Symbol('anybody')

/** The plan of a call of which nothing is said. */
export const PLAIN: Plan = {
  how: How.CALL,
  priority: 0,
  caller: ANYBODY,
  attemptTimeout: undefined,
  retries: 0,
  backoff: 0,
  retryIf: always,
  told: undefined,
}

/** @param caller on whose behalf, unless the options say */
export function planOf(how: number, options: TaskOptions, pool: CheckedPoolOptions, caller: unknown = ANYBODY): Plan {
  if (options === NO_OPTIONS && how === How.CALL) return PLAIN
  const { priority = 0, attemptTimeout, idempotent, backoff = pool.backoff, retryIf = always } = options
  const retries = options.retries ?? (idempotent === true ? pool.retries : 0)
  return {
    how,
    priority,
    caller: options.caller ?? caller,
    attemptTimeout,
    retries,
    backoff,
    retryIf,
    told: options[TOLD],
  }
}

/** Stands for no options. */
export const NO_OPTIONS: TaskOptions = Object.freeze({})
