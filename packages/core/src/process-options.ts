import { givenInWords } from './in-words.ts'
import { checkedList, checkOptions } from './options.ts'
import { type Kind, platform, type ResourceLimits, type Stdio } from './platform.ts'
import type { TOLD } from './pool/effects.ts'

/** How to start a process. */
export interface ProcessOptions<Args extends readonly unknown[] = readonly unknown[]> {
  /** What the function is called with: anything that a queue takes, handles included. */
  readonly args?: Readonly<Args>
  /** For people: Python's default is `Process-1` and so on. */
  readonly name?: string | undefined
  /** Does not keep its parent from ending, and ends with it; as its parent unless given. */
  readonly daemon?: boolean | undefined
  /** Where its standard streams go; `'inherit'` unless given. With `'pipe'` they are `stdin`, `stdout`, `stderr`. */
  readonly stdio?: Stdio | undefined
  /** Goes on when its parent dies, without the hub: all its queues fail. False unless given; for child processes. */
  readonly detached?: boolean | undefined
  /** A child process, a thread or a Web Worker; as `setStartMethod()` says, or as its parent, unless given. */
  readonly kind?: Kind | undefined
  /** How much memory it may use. Beyond it, it dies, alone, with OutOfMemoryError. */
  readonly resourceLimits?: ResourceLimits | undefined
  /** @internal */
  readonly [TOLD]?: unknown
}

const LIMITS = ['maxOldGenerationSizeMb', 'maxYoungGenerationSizeMb', 'stackSizeMb']
const OPTIONS = ['args', 'name', 'daemon', 'stdio', 'detached', 'kind', 'resourceLimits']

/**
 * What the function is called with.
 * @throws TypeError at options that there are not, and at arguments that are no list
 */
export function checkedArgs(options: ProcessOptions): readonly unknown[] {
  checkOptions('a process', options, OPTIONS)
  const { args = [] } = options
  return [...checkedList('args', args)]
}

/** @throws TypeError if the platform has no such processes */
export function checkedKind(kind: Kind): Kind {
  const { kinds } = platform()
  if (kinds.includes(kind)) return kind
  throw new TypeError(`kind must be one of ${kinds.map((each) => `'${each}'`).join(', ')} here, not '${kind}'`)
}

/** @throws TypeError at what is none of the three */
export function checkedStdio(stdio: Stdio = 'inherit'): Stdio {
  if (stdio === 'inherit' || stdio === 'ignore' || stdio === 'pipe') return stdio
  throw new TypeError(`stdio must be 'inherit', 'ignore' or 'pipe', not ${givenInWords(stdio)}`)
}

/** Whether they can be kept is for the platform. @throws TypeError at limits that there are not */
export function checkedLimits(limits: ResourceLimits | undefined): ResourceLimits | undefined {
  if (limits !== undefined) checkOptions('resourceLimits', limits, LIMITS)
  return limits
}
