import type { Observable, OperatorFunction } from 'rxjs'
import type { AbortSignal } from '../abort-signal.ts'
import { checkOptions, checkWait } from '../options.ts'
import type { Kind } from '../platform.ts'
import { checkedTask } from '../pool/checked-task.ts'
import { checkedKind } from '../process-options.ts'
import { STAGE_MAXSIZE } from '../stage-process.ts'
import type { Task } from '../task-module.ts'
import { checkedMaxsize, checkedOverflow, type IntakeOptions } from './overflow.ts'
import { type PartitionedStage, partitionedStage } from './partitioned-stage.ts'

/** How a stage runs that sees its items as they come. */
export interface StageOptions extends IntakeOptions {
  /** About so many items are on the way to each process and back; 32 unless given. */
  readonly maxsize?: number | undefined
  /** Child processes, threads or Web Workers; as `setStartMethod()` says unless given. */
  readonly kind?: Kind | undefined
  /** Aborting it fails the stage with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

const OPTIONS = ['maxsize', 'overflow', 'kind', 'signal']

/** @throws TypeError, ValueError at what makes no sense, and at options that are neither these nor `others` */
export function checkedStage(operator: string, task: unknown, options: StageOptions, others: readonly string[] = []) {
  const checked = checkedTask(task)
  checkOptions(`${operator}()`, options, [...others, ...OPTIONS])
  if (options.kind !== undefined) checkedKind(options.kind)
  checkWait(options)
  return {
    task: checked,
    name: `${operator}(${checked.name})`,
    kind: options.kind,
    maxsize: checkedMaxsize(options.maxsize ?? STAGE_MAXSIZE),
    overflow: checkedOverflow(options.overflow),
    signal: options.signal,
  }
}

/**
 * Runs a task that is itself an operator, in a process: it gets the items as an Observable, and its Observable's items come
 * back. Demand goes through it both ways. In Python one writes a process with a queue on each side for that. It keeps the
 * program until its source has ended or it is left, since the task may emit at any time.
 *
 * Fails with what the task throws or its Observable fails of, and with ProcessDiedError if its process dies.
 *
 * @example
 * // tasks.ts: export const sessions = (clicks$: Observable<Click>) => clicks$.pipe(bufferTime(1_000))
 * clicks$.pipe(stage(tasks.sessions)).subscribe(console.log)
 */
export function stage<A, B>(
  task: Task<[source: Observable<A>], Observable<B>>,
  options: StageOptions = {},
): OperatorFunction<A, B> {
  const request: PartitionedStage<A> = {
    ...checkedStage('stage', task, options),
    work: 'operator',
    seed: null,
    processes: 1,
    partitionOf: () => 0,
    payloadOf: (item) => item,
  }
  return partitionedStage(request)
}
