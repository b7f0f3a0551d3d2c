import type { OperatorFunction } from 'rxjs'
import type { Collected } from '../pool.ts'
import type { Task } from '../task-module.ts'
import { processStage } from './process-stage.ts'
import { checkedStageOptions, type ProcessOptions } from './stage-options.ts'

/**
 * Calls a task for each item, in processes, and emits the results. At most `maxsize` items are in the stage, results that
 * wait for the stage below included; the source is asked for no more. To unsubscribe is to end the processes.
 *
 * Fails with what a call throws, with WorkerDiedError if its worker dies, with TimeoutError after `timeout` ms, with
 * EncodeError if an item or a result cannot travel; `onError` says what else is to become of such an item.
 *
 * @example
 * from(urls).pipe(mapProcess(tasks.fetchPage, { processes: 3, maxsize: 8 })).subscribe(console.log)
 */
export function mapProcess<T, R>(
  task: Task<[item: T], R>,
  options: ProcessOptions<T> = {},
): OperatorFunction<T, Collected<R>> {
  return processStage(checkedStageOptions('mapProcess', task, options), {
    whole: true,
    emit: (supply, result) => supply.next(result as Collected<R>),
  })
}
