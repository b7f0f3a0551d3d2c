import { cpuCount, currentProcess, parentProcess } from './current-process.ts'
import { ValueError } from './errors.ts'
import { JoinableQueue } from './joinable-queue.ts'
import { type Kind, platform } from './platform.ts'
import { activeChildren, Process } from './process.ts'
import { Queue } from './queue.ts'
import { SimpleQueue } from './simple-queue.ts'
import { chooseKind, defaultKind } from './start-kind.ts'

/**
 * How processes are started: `'spawn'`, a fresh child process each, which loads its task module alone (JavaScript cannot
 * fork); `'thread'` or `'worker'`, the other kinds of process that a platform has.
 */
export type StartMethod = 'spawn' | 'thread' | 'worker'

/** The names of this library bound to one way of starting processes: Python's `get_context()`. */
export interface StartContext {
  /** Starts processes in the way of this context, unless they say otherwise. */
  readonly Process: typeof Process
  /** The same class as everywhere. */
  readonly Queue: typeof Queue
  /** The same class as everywhere. */
  readonly JoinableQueue: typeof JoinableQueue
  /** The same class as everywhere. */
  readonly SimpleQueue: typeof SimpleQueue
  /** The same function as everywhere. */
  readonly activeChildren: typeof activeChildren
  /** The same function as everywhere. */
  readonly cpuCount: typeof cpuCount
  /** The same function as everywhere. */
  readonly currentProcess: typeof currentProcess
  /** The same function as everywhere. */
  readonly parentProcess: typeof parentProcess
  /** The method of this context. */
  getStartMethod(): StartMethod
  /** The context of another method, of this one unless given. */
  getContext(method?: string): StartContext
  /** @throws ValueError always: a context has the method that it was asked for. */
  setStartMethod(method?: string | null): void
}

const contexts = new Map<StartMethod, StartContext>()

/** Which ways of starting processes there are here, the default first: Python's `get_all_start_methods()`. */
export function getAllStartMethods(): StartMethod[] {
  return platform().kinds.map(methodOf)
}

/** How processes are started unless they say otherwise: Python's `get_start_method()`. */
export function getStartMethod(): StartMethod {
  return methodOf(defaultKind())
}

/**
 * Chooses how this process, and those that it starts, start processes that do not say otherwise: Python's
 * `set_start_method()`.
 *
 * @throws ValueError for a method that this platform does not have
 */
export function setStartMethod(method: string): void {
  chooseKind(kindOf(check(method)))
}

/**
 * The library's names bound to one way of starting processes: Python's `get_context()`.
 * @throws ValueError for a method that this platform does not have
 */
export function getContext(method: string = getStartMethod()): StartContext {
  const checked = check(method)
  const known = contexts.get(checked)
  if (known !== undefined) return known
  const context = createContext(checked)
  contexts.set(checked, context)
  return context
}

function createContext(method: StartMethod): StartContext {
  const kind = kindOf(method)
  const context: StartContext = {
    Process: processesOf(kind),
    Queue,
    JoinableQueue,
    SimpleQueue,
    activeChildren,
    cpuCount,
    currentProcess,
    parentProcess,
    getStartMethod: () => method,
    getContext: (other) => (other === undefined ? context : getContext(other)),
    setStartMethod() {
      throw new ValueError('the start method of a context is fixed; use setStartMethod() of the library')
    },
  }
  return context
}

/** The class `Process` for one kind. */
function processesOf(kind: Kind): typeof Process {
  return class extends (Process as unknown as new (task: unknown, options: object) => object) {
    constructor(task: unknown, options: object = {}) {
      super(task, { kind, ...options })
    }
  } as unknown as typeof Process
}

function methodOf(kind: Kind): StartMethod {
  return kind === 'process' ? 'spawn' : kind
}

function kindOf(method: StartMethod): Kind {
  return method === 'spawn' ? 'process' : method
}

function check(method: string): StartMethod {
  const methods = getAllStartMethods()
  const found = methods.find((each) => each === method)
  if (found !== undefined) return found
  throw new ValueError(`cannot start processes by ${JSON.stringify(method)}; there is: ${methods.join(', ')}`)
}
