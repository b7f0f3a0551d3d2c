import type { FutureState } from './future.ts'

/** A future's state in words, as Python's `repr` has them: "pending", "finished returned number". */
export function describe(state: FutureState<unknown>): string {
  switch (state.is) {
    case 'pending':
    case 'running':
    case 'cancelled':
      return state.is
    case 'notified':
      return 'cancelled'
    case 'returned':
      return `finished returned ${typeName(state.value)}`
    case 'raised':
      return `finished raised ${state.error instanceof Error ? state.error.name : typeName(state.error)}`
    default:
      return state satisfies never
  }
}

function typeName(value: unknown): string {
  if (typeof value !== 'object') return typeof value
  if (value === null) return 'null'
  return typeof value.constructor === 'function' ? value.constructor.name : 'object'
}
