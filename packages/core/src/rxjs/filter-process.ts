import type { MonoTypeOperatorFunction } from 'rxjs'
import type { Task } from '../task-module.ts'
import { processStage } from './process-stage.ts'
import { checkedStageOptions, type ProcessOptions } from './stage-options.ts'

/**
 * Passes on the items for which a task, which is called in processes, returns something true. Otherwise as `mapProcess`.
 *
 * @example
 * from(files).pipe(filterProcess(tasks.isImage, { processes: 2 })).subscribe(console.log)
 */
export function filterProcess<T>(
  task: Task<[item: T], unknown>,
  options: ProcessOptions<T> = {},
): MonoTypeOperatorFunction<T> {
  return processStage<T, T>(checkedStageOptions('filterProcess', task, options), {
    whole: true,
    emit: (supply, result, item) => {
      if (result) supply.next(item)
    },
  })
}
