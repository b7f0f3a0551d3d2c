import { offAbort, onAbort } from '../abort-signal.ts'
import { type Clock, LONGEST_MS } from '../clock.ts'
import { TimeoutError } from '../errors.ts'
import type { Task } from '../task-module.ts'
import type { TaskOptions } from './task-options.ts'

/** Why something cannot even be begun. */
export interface Refusal {
  readonly reason: unknown
}

/** Whether a caller has all the patience in the world. */
export function isPatient({ timeout, signal }: TaskOptions): boolean {
  return signal === undefined && timeout === undefined
}

/** Why it is given up before anything of it is handed out, if so: its timeout is not positive. */
export function lateAtOnce({ timeout }: TaskOptions, what: string, task: Task): Refusal | undefined {
  return timeout !== undefined && timeout <= 0 ? { reason: tooLate(`${what} ${task.name}`, timeout) } : undefined
}

function tooLate(what: string, timeout: number | undefined): TimeoutError {
  return new TimeoutError(`${what} was not done within ${timeout} ms`)
}

/**
 * Has `give up` called when the caller's patience ends: his timeout is over or his signal is aborted. Returns how to end
 * that; undefined if he has all the patience in the world.
 */
export function patience(
  { timeout, signal }: TaskOptions,
  clock: Clock,
  what: string,
  giveUp: (reason: unknown) => void,
): (() => void) | undefined {
  if (signal === undefined && timeout === undefined) return undefined
  const late = () => giveUp(tooLate(what, timeout))
  const aborted = () => giveUp(signal?.reason)
  const timer = timeout === undefined || timeout > LONGEST_MS ? undefined : clock.setTimer(late, Math.max(0, timeout))
  if (signal !== undefined) onAbort(signal, aborted)
  return () => {
    if (timer !== undefined) clock.clearTimer(timer)
    if (signal !== undefined) offAbort(signal, aborted)
  }
}
