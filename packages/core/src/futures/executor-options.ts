import { ValueError } from '../errors.ts'
import { givenInWords } from '../in-words.ts'
import { checkOptions } from '../options.ts'
import { type Kind, platform, type ResourceLimits, type Stdio } from '../platform.ts'
import { type CheckedPoolOptions, checkedPoolOptions, type OnCrash, whole } from '../pool/pool-options.ts'
import type { Task } from '../task-module.ts'

/** What an executor is made with. */
export interface ExecutorOptions<InitArgs extends readonly unknown[] = readonly never[]> {
  /** So many workers at most; as many as the program may use processors unless given. They are started as needed. */
  readonly maxWorkers?: number | undefined
  /** Child processes, threads or Web Workers; as `setStartMethod()` says unless given. Python's `mp_context`. */
  readonly kind?: Kind | undefined
  /** Runs in each worker before any task. If it fails, so does everything: BrokenPoolError. */
  readonly initializer?: Task<InitArgs, unknown> | undefined
  /** What the initializer is called with. */
  readonly initargs?: Readonly<InitArgs> | undefined
  /** After so many tasks, each a call or a chunk of calls, a worker is replaced. Unless given, it lives on. */
  readonly maxTasksPerChild?: number | undefined
  /**
   * What the death of a worker means. `'replace'`, unless given: the task that it ran fails with WorkerDiedError, and
   * another worker takes its place. `'break'`, as in Python: everything fails with BrokenPoolError, now and later.
   */
  readonly onCrash?: OnCrash | undefined
  /** Where the workers' standard streams go; `'inherit'` unless given. */
  readonly stdio?: Stdio | undefined
  /** How much memory a worker's JavaScript may use. Beyond it, it dies. */
  readonly resourceLimits?: ResourceLimits | undefined
}

const OPTIONS = [
  'maxWorkers',
  'kind',
  'initializer',
  'initargs',
  'maxTasksPerChild',
  'onCrash',
  'stdio',
  'resourceLimits',
]

/** How to say that any number of workers may be idle for as long as they like. */
const FOR_EVER = Number.POSITIVE_INFINITY

/**
 * @throws ValueError at numbers that make no sense
 * @throws TypeError at an initializer that is no task, or a kind that the platform does not have
 */
export function checkedExecutorOptions(options: ExecutorOptions): CheckedPoolOptions {
  checkOptions('an executor', options, OPTIONS)
  const { maxWorkers, maxTasksPerChild, onCrash = 'replace', ...others } = options
  if (maxWorkers !== undefined && !(Number.isInteger(maxWorkers) && maxWorkers > 0))
    throw new ValueError(`maxWorkers must be a whole number of at least 1, not ${givenInWords(maxWorkers)}`)
  if (maxTasksPerChild !== undefined) whole('maxTasksPerChild', maxTasksPerChild, 1)
  if (onCrash !== 'replace' && onCrash !== 'break')
    throw new ValueError(`onCrash must be 'replace' or 'break', not ${String(onCrash)}`)
  const { kind, initializer, initargs, stdio, resourceLimits } = others
  const checked = checkedPoolOptions({
    min: 0,
    max: maxWorkers ?? platform().cpuCount(),
    idleTimeout: FOR_EVER,
    maxtasksperchild: maxTasksPerChild,
    ...{ kind, initializer, initargs, stdio, resourceLimits },
  })
  return { ...checked, onCrash }
}
