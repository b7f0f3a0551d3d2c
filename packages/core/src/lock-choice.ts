import type { Context } from './context.ts'
import { HANDLE, type HandleState } from './handle.ts'
import type { SharedBlock } from './shared-block.ts'
import { checkLock, SharedLock, type ValueLock } from './shared-lock.ts'

/** Which lock guards a value: none, one of its own, or a given one. */
export type LockChoice = boolean | null | undefined | ValueLock

/** The same, as it travels: a handle that is the lock, or (`of`) whose lock it is. */
export type LockState = 'none' | 'own' | (HandleState & { readonly of: boolean })

/** Marks what has a lock that others may use: the state of the handle that it belongs to. */
export const LOCK_OF: unique symbol = Symbol('the lock of')

/** @throws TypeError at what is no lock, or cannot go where the value goes */
export function lockState(lock: LockChoice): LockState {
  if (lock === false) return 'none'
  if (lock === undefined || lock === null || lock === true) return 'own'
  const given = checkLock(lock) as { readonly [HANDLE]?: HandleState; readonly [LOCK_OF]?: HandleState }
  const state = given[HANDLE] ?? given[LOCK_OF]
  if (state === undefined) throw new TypeError('lock: must be one that can be sent to other processes, such as a Lock')
  return { kind: state.kind, id: state.id, options: state.options, of: given[HANDLE] === undefined }
}

/** The lock itself, in a context to which the value has come, or where it is made. */
export function lockFor(
  context: Context,
  state: LockState,
  choice: LockChoice,
  block: SharedBlock,
  own: () => HandleState,
): ValueLock | undefined {
  if (state === 'none') return undefined
  if (state === 'own') return Object.defineProperty(new SharedLock(block), LOCK_OF, { get: own })
  if (typeof choice === 'object' && choice !== null) return choice
  const handle = context.handle(state.kind, state.id, state.options)
  return state.of ? (handle as { getLock(): ValueLock }).getLock() : (handle as ValueLock)
}
