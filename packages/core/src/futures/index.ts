export {
  BrokenPoolError,
  CancelledError,
  InvalidStateError,
  PoolClosedError,
  TimeoutError,
  WorkerDiedError,
} from '../errors.ts'
export { asCompleted, type Completed } from './as-completed.ts'
export type { ExecutorOptions } from './executor-options.ts'
export { Future } from './future.ts'
export type { ExecutorMapOptions } from './map-request.ts'
export { ProcessPoolExecutor, type ShutdownOptions } from './process-pool-executor.ts'
export {
  ALL_COMPLETED,
  type DoneAndNotDone,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type FuturesWaitOptions,
  type ReturnWhen,
  wait,
} from './wait.ts'
