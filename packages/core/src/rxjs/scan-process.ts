import { defer, type OperatorFunction } from 'rxjs'
import { ExpectedResults } from '../expected-results.ts'
import type { Key, Keyed } from '../keyed-fold.ts'
import { checkedKey, partitionOf } from '../partition.ts'
import { finite } from '../pool/pool-options.ts'
import { runtime } from '../runtime.ts'
import type { Task } from '../task-module.ts'
import { type PartitionedStage, partitionedStage } from './partitioned-stage.ts'
import { checkedStage, type StageOptions } from './stage.ts'

/** How the states of keys are kept. */
export interface FoldOptions<T, K, S> extends StageOptions {
  /** To which key an item belongs: a string, a number, a bigint or a boolean. */
  readonly key: (item: T) => K
  /** What the state of each key begins with: a copy of this, in which no handle may be. */
  readonly seed: S
  /** Among so many processes the keys are divided; 1 unless given. */
  readonly processes?: number | undefined
}

/**
 * Calls a task with the state of an item's key and the item, and emits the key with the state that the task returns. The
 * states of a key live in one process, which sees its items in their order.
 *
 * Fails with what the task throws, and with ProcessDiedError if a process dies: its states are gone.
 *
 * @example
 * orders$.pipe(scanProcess(tasks.addUp, { key: (o) => o.customer, seed: 0, processes: 2 })).subscribe(([who, sum]) => ...)
 */
export function scanProcess<T, K extends Key, S>(
  task: Task<[state: S, item: T], S>,
  options: FoldOptions<T, K, S>,
): OperatorFunction<T, Keyed<K, S>> {
  return folding(foldingStage('scan', 'scanProcess', task, options))
}

/** Runs it so that a source which gives nothing any more, and does not end, does not keep the program. */
export function folding<T, R>(stage: PartitionedStage<T>): OperatorFunction<T, R> {
  return (source) =>
    defer(() => {
      const expected = new ExpectedResults(runtime().context)
      const payloadOf = (item: T): unknown => {
        // A reduction answers to none of them, but to the end.
        if (stage.work === 'scan') expected.sent()
        return stage.payloadOf(item)
      }
      return partitionedStage<T, R>({ ...stage, expected, payloadOf })(source)
    })
}

/** @throws TypeError, ValueError at what makes no sense */
export function foldingStage<T, K extends Key, S>(
  work: 'scan' | 'reduce',
  operator: string,
  task: Task<[state: S, item: T], S>,
  options: FoldOptions<T, K, S>,
): PartitionedStage<T> {
  const stage = checkedStage(operator, task, options, ['key', 'seed', 'processes'])
  const { key, seed } = options
  const processes = finite('processes', options.processes ?? 1, 1)
  if (typeof key !== 'function') throw new TypeError(`${operator}() needs a key, a function of the item`)
  let latest: K
  return {
    ...stage,
    work,
    seed,
    processes,
    partitionOf: (item) => {
      latest = checkedKey(operator, key(item))
      return partitionOf(latest, processes)
    },
    // Asked for right after.
    payloadOf: (item) => [latest, item],
  }
}
