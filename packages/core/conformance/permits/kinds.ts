import { BoundedSemaphore, Lock, RLock, Semaphore } from '@millrace/core'

/** Every class that one process at a time can hold. */
export const exclusive = [
  { kind: 'Lock', make: () => new Lock() },
  { kind: 'RLock', make: () => new RLock() },
  { kind: 'Semaphore(1)', make: () => new Semaphore(1) },
  { kind: 'BoundedSemaphore(1)', make: () => new BoundedSemaphore(1) },
] as const

/** Those that are released by whoever wants to. */
export const ownerless = exclusive.filter(({ kind }) => kind !== 'RLock')
