import { PassThrough } from 'node:stream'
import { inspect } from 'node:util'
import type { MessagePort, Worker } from 'node:worker_threads'
import {
  type DeathReport,
  runtime,
  SharedClaims,
  type Spawned,
  type SpawnRequest,
  StartError,
  type Stdio,
} from '@millrace/core/child'
import { codeCache, corePath, fillCodeCache } from './code-cache.ts'
import { executable } from './executable.ts'
import { sharedArena } from './file-arena.ts'
import { checkLoaders } from './loader.ts'
import { checkedLimits } from './resource-limits.ts'
import { readToTheEnd } from './standard-streams.ts'
import { StderrTail } from './stderr-tail.ts'
import { taskUrl } from './task-url.ts'
import { ThreadTransport } from './thread-transport.ts'

/** What a thread is started with; `thread-main.ts` and `thread-program.ts` read it. */
export interface ThreadData {
  readonly path: string
  readonly maxFrame: number
  /** The descriptor of the arena, if there is one: threads share it with their process. */
  readonly arena: number | undefined
  /** The memory of the claims to what it is handed, if there are such. */
  readonly claims: Int32Array | undefined
  /** The descriptor of the compiled code, if there is such. */
  readonly code: number | undefined
  /** Where the core is, if that is known. */
  readonly core: string | undefined
  /** Its link; a port of its own, since `parentPort` is the user's. */
  readonly port: MessagePort
  /** Shared memory, in which the thread leaves word how far it has come. */
  readonly fate: Int32Array
  /** What child processes of the thread run on. */
  readonly executable: string
}

/** What a thread's `fate` can be; 0 before it runs. */
export const RUNNING = 1
/** It was asked to terminate, and did so. */
export const TERMINATED = 2

type Signal = 'SIGTERM' | 'SIGKILL'

const main = new URL('./thread-main.cjs', import.meta.url)

/** Starts a thread of this process that speaks to the hub over a message port. */
export function spawnThread(request: SpawnRequest): Spawned {
  const { name, stdio, daemon, detached } = request
  if (detached) throw new TypeError(`process ${name}: a thread cannot be detached, it ends with its process`)
  const { port1, port2 } = new (process.getBuiltinModule('node:worker_threads').MessageChannel)()
  const fate = new Int32Array(new SharedArrayBuffer(4))
  const claims = request.claims ? new SharedClaims() : undefined
  const worker = create(request, port2, fate, claims?.memory)
  fillCodeCache()
  const transport = new ThreadTransport(port1)
  if (daemon) holdLoosely(worker, transport)
  let killed: Signal | undefined
  return {
    pid: process.pid,
    threadId: worker.threadId,
    claims,
    transport,
    ...streams(worker, stdio),
    kill(signal) {
      killed ??= signal
      void worker.terminate()
    },
    ended: ended(worker, stdio, (code) => deathSignal(code, Atomics.load(fate, 0), killed)),
  }
}

function create(request: SpawnRequest, port: MessagePort, fate: Int32Array, claims: Int32Array | undefined): Worker {
  const { path, name, stdio, maxFrame } = request
  checkLoaders(taskUrl(request))
  const workerData: ThreadData = {
    path,
    maxFrame,
    arena: sharedArena()?.fd,
    claims,
    code: codeCache(),
    core: corePath(),
    port,
    fate,
    executable: executable(),
  }
  const resourceLimits = checkedLimits(request)
  const threads = process.getBuiltinModule('node:worker_threads')
  try {
    return new threads.Worker(main, { name, workerData, transferList: [port], stdin: stdio === 'pipe', resourceLimits })
  } catch (cause) {
    throw new StartError(`cannot start the thread ${name}: ${(cause as Error).message}`, { cause })
  }
}

/**
 * The streams that users see, with `'pipe'`; without it a thread finds its stdin at its end. Node itself leads the
 * others to this process's own; it is told to, whatever is wanted, because otherwise whoever reads them keeps this
 * process from ending, even for a daemon.
 */
function streams(worker: Worker, stdio: Stdio): Pick<Spawned, 'stdin' | 'stdout' | 'stderr'> {
  const { stdin, stdout, stderr } = worker
  if (stdio === 'inherit') return { stdin: null, stdout: null, stderr: null }
  stdout.unpipe()
  stderr.unpipe()
  if (stdio === 'ignore') {
    stdout.resume()
    stderr.resume()
    return { stdin: null, stdout: null, stderr: null }
  }
  return { stdin, stdout: stdout.pipe(new PassThrough()), stderr: stderr.pipe(new PassThrough()) }
}

function ended(worker: Worker, stdio: Stdio, signalOf: (code: number) => Signal | null): Promise<DeathReport> {
  const { stdout, stderr } = worker
  const tail = new StderrTail()
  stderr.on('data', (chunk: Buffer) => tail.add(chunk))
  let verdict: NodeJS.ErrnoException | undefined
  worker.on('error', (error) => {
    // Node's own word comes when the thread is gone; before, it is what the thread did not catch, and would have
    // written itself, were it a process.
    if (worker.threadId < 0) verdict = error
    else stderr.push(`Uncaught ${inspect(error)}\n`)
  })
  return new Promise((resolve, reject) => {
    worker.once('exit', async (code) => {
      // Everything is here by now; what nobody reads must not keep the rest from being read.
      stderr.resume()
      await readToTheEnd(stderr, stdio === 'inherit' ? stdout : null)
      const outOfMemory = verdict?.code === 'ERR_WORKER_OUT_OF_MEMORY'
      if (verdict !== undefined && !outOfMemory)
        return reject(new StartError(`cannot start a thread: ${verdict.message}`, { cause: verdict }))
      const signal = outOfMemory ? null : signalOf(code)
      const exitCode =
        signal !== null ? -process.getBuiltinModule('node:os').constants.signals[signal] : outOfMemory ? 1 : code
      resolve({ pid: process.pid, exitCode, signal, stderr: tail.text, outOfMemory })
    })
  })
}

/** A thread knows no signals, but dies as a process would: of what it was asked to die of, unless it was quicker. */
function deathSignal(code: number, fate: number, killed: Signal | undefined): Signal | null {
  if (fate === TERMINATED) return 'SIGTERM'
  // A thread that is stopped exits with 1, or with 0 if it had not begun.
  return killed !== undefined && (code === 1 || fate !== RUNNING) ? killed : null
}

/** A daemon does not keep this process from ending, unless an operation is pending here, which it might serve. */
function holdLoosely(worker: Worker, transport: ThreadTransport): void {
  const letGo = runtime().context.whileBusy((busy) => {
    for (const handle of [worker, transport]) {
      if (busy) handle.ref()
      else handle.unref()
    }
  })
  worker.once('exit', letGo)
}
