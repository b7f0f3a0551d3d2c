import { ManagerClosedError } from './errors.ts'

/** What a channel is told when the manager of its primitive was shut down. */
export const REVOKED = 'revoked'

export function managerClosed(): ManagerClosedError {
  return new ManagerClosedError('the manager was shut down, and all that it made with it: make a new one')
}
