import type * as Exit from 'effect/Exit'
import type { ContractError } from '../errors.ts'

/** What a task's contract makes of what goes in and comes out, for whoever calls it. */
export interface ContractCodec {
  encodeInput(input: unknown): Exit.Exit<unknown, ContractError>
  decodeOutput(output: unknown): Exit.Exit<unknown, ContractError>
  decodeError(error: unknown): unknown
}

/** Leads from a task to what is known of its contract. */
export const CONTRACT: unique symbol = Symbol.for('millrace.contract') as never

/** @internal Undefined: the task has none. */
export function codecOf(task: object): ContractCodec | undefined {
  return (task as { [CONTRACT]?: ContractCodec })[CONTRACT]
}
