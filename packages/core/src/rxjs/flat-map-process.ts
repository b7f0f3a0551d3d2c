import type { OperatorFunction } from 'rxjs'
import type { Streamed } from '../pool.ts'
import type { Task } from '../task-module.ts'
import { processStage } from './process-stage.ts'
import { checkedStageOptions, type ProcessOptions } from './stage-options.ts'

/**
 * Calls a task that gives many values, a generator or an Observable, for each item, and emits them as they come. While the
 * stage below does not want them, the task waits: few values are ahead of it. Otherwise as `mapProcess`; a call that has
 * given something is not done again when it fails. It needs workers of its own if a stage below has the same `pool`.
 *
 * @example
 * from(files).pipe(flatMapProcess(tasks.linesOf, { processes: 2 })).subscribe(console.log)
 */
export function flatMapProcess<T, R>(
  task: Task<[item: T], R>,
  options: ProcessOptions<T> = {},
): OperatorFunction<T, Streamed<R>> {
  return processStage(checkedStageOptions('flatMapProcess', task, options), {
    whole: false,
    emit: (supply, result) => supply.next(result as Streamed<R>),
  })
}
