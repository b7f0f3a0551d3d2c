import type { OperatorFunction } from 'rxjs'
import type { Key, Keyed } from '../keyed-fold.ts'
import type { Task } from '../task-module.ts'
import { type FoldOptions, folding, foldingStage } from './scan-process.ts'

/**
 * As `scanProcess`, but emits the last state of each key, once the source has completed.
 *
 * @example
 * words$.pipe(reduceProcess(tasks.count, { key: (word) => word, seed: 0, processes: 2 })).subscribe(([word, n]) => ...)
 */
export function reduceProcess<T, K extends Key, S>(
  task: Task<[state: S, item: T], S>,
  options: FoldOptions<T, K, S>,
): OperatorFunction<T, Keyed<K, S>> {
  return folding(foldingStage('reduce', 'reduceProcess', task, options))
}
