import { cpuCount, currentProcess, parentProcess } from './current-process.ts'
import { ValueError } from './errors.ts'
import { JoinableQueue } from './joinable-queue.ts'
import { activeChildren, Process } from './process.ts'
import { Queue } from './queue.ts'
import { SimpleQueue } from './simple-queue.ts'

/** How processes are started: a fresh one each, which loads its task module alone. JavaScript cannot fork. */
export type StartMethod = 'spawn'

const METHODS: readonly StartMethod[] = ['spawn']

/** The names of this library bound to one way of starting processes: Python's `get_context()`. */
export interface StartContext {
  readonly Process: typeof Process
  readonly Queue: typeof Queue
  readonly JoinableQueue: typeof JoinableQueue
  readonly SimpleQueue: typeof SimpleQueue
  readonly activeChildren: typeof activeChildren
  readonly cpuCount: typeof cpuCount
  readonly currentProcess: typeof currentProcess
  readonly parentProcess: typeof parentProcess
  getStartMethod(): StartMethod
  getContext(method?: string): StartContext
  /** @throws ValueError always: a context has the method that it was asked for. */
  setStartMethod(method?: string | null): void
}

const spawnContext: StartContext = {
  Process,
  Queue,
  JoinableQueue,
  SimpleQueue,
  activeChildren,
  cpuCount,
  currentProcess,
  parentProcess,
  getStartMethod: () => 'spawn',
  getContext: (method) => (method === undefined ? spawnContext : getContext(method)),
  setStartMethod() {
    throw new ValueError('the start method of a context is fixed; use setStartMethod() of the library')
  },
}

/** Which ways of starting processes there are: Python's `get_all_start_methods()`. */
export function getAllStartMethods(): StartMethod[] {
  return [...METHODS]
}

/** Python's `get_start_method()`. */
export function getStartMethod(): StartMethod {
  return 'spawn'
}

/**
 * Python's `set_start_method()`: accepted for what programs say out of habit.
 * @throws ValueError for a method that JavaScript does not have
 */
export function setStartMethod(method: string): void {
  check(method)
}

/**
 * Python's `get_context()`.
 * @throws ValueError for a method that JavaScript does not have
 */
export function getContext(method: string = 'spawn'): StartContext {
  check(method)
  return spawnContext
}

function check(method: string): void {
  if ((METHODS as readonly string[]).includes(method)) return
  throw new ValueError(`cannot start processes by ${JSON.stringify(method)}; there is: ${METHODS.join(', ')}`)
}
