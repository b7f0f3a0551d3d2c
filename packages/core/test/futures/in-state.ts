import { Future } from '../../src/futures/future.ts'

/** The states of a future, as Python calls them. */
export const states = [
  'PENDING',
  'RUNNING',
  'CANCELLED',
  'CANCELLED_AND_NOTIFIED',
  'FINISHED with a result',
  'FINISHED with an error',
] as const
export type StateName = (typeof states)[number]

export const failure = new RangeError('too far')

/** A future that has come as far as that. */
export function inState(state: StateName): Future<number> {
  const future = new Future<number>()
  switch (state) {
    case 'RUNNING':
      future.setRunningOrNotifyCancel()
      break
    case 'CANCELLED':
      future.cancel()
      break
    case 'CANCELLED_AND_NOTIFIED':
      future.cancel()
      future.setRunningOrNotifyCancel()
      break
    case 'FINISHED with a result':
      future.setResult(42)
      break
    case 'FINISHED with an error':
      future.setException(failure)
      break
    default:
  }
  return future
}
