import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { PassThrough, type Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type DeathReport, StartError } from '@millrace/core'
import { DEFAULT_MAX_FRAME, runtime, type Spawned, type SpawnRequest } from '@millrace/core/internal'
import { executable } from './executable.ts'
import { loaderFor } from './loader.ts'
import { PipeTransport } from './pipe-transport.ts'
import { guard } from './reaper.ts'
import { resolveModule } from './resolve-module.ts'
import { StderrTail } from './stderr-tail.ts'

/** The descriptors on which a child speaks to its parent; `child-main.ts` opens the same. */
export const CHILD_WRITES = 3
export const CHILD_READS = 4

/** A process is not kept waiting for the end of a stderr that a grandchild of another kind may hold open. */
const STDERR_MS = 200

const main = fileURLToPath(new URL('./child-main.js', import.meta.url))

/** Starts a Node process that speaks to the hub over two inherited pipes. */
export function spawnProcess(request: SpawnRequest): Spawned {
  const { path, stdio, maxFrame } = request
  const module = moduleOf(request)
  const limit = maxFrame === DEFAULT_MAX_FRAME ? [] : [String(maxFrame)]
  const child = spawn(executable(), [...inheritedFlags(), ...loaderFor(module), main, path, ...limit], {
    stdio: [stdio, stdio, stdio === 'ignore' ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    windowsHide: true,
  })
  const tail = new StderrTail()
  const stderr = readStderr(child, stdio, tail)
  const transport = new PipeTransport(child.stdio[CHILD_WRITES] as Socket, child.stdio[CHILD_READS] as Socket)
  const release = request.detached ? () => {} : guard(child.pid)
  if (request.daemon) holdLoosely(child, transport)
  return {
    pid: child.pid,
    threadId: undefined,
    transport,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: stdio === 'pipe' ? stderr : null,
    kill: (signal) => void child.kill(signal),
    ended: ended(child, tail).finally(release),
  }
}

/** @throws TypeError at a function that makes a worker: that is for browsers */
function moduleOf({ source, name }: SpawnRequest): string | undefined {
  if (typeof source !== 'function') return source && resolveModule(source)
  throw new TypeError(`process ${name}: in Node, give taskModule() the URL of the module, not a function`)
}

/** Flags of Node itself go on to children, but for those that claim a port. */
function inheritedFlags(): string[] {
  return process.execArgv.filter((flag) => !flag.startsWith('--inspect') && !flag.startsWith('--debug-port'))
}

/** The standard error goes where the user wants it, and its end is kept for the error that may follow. */
function readStderr(child: ChildProcess, stdio: SpawnRequest['stdio'], tail: StderrTail): Readable | null {
  const { stderr } = child
  if (stderr === null) return null
  stderr.on('data', (chunk: Buffer) => tail.add(chunk))
  if (stdio === 'pipe') return stderr.pipe(new PassThrough())
  stderr.on('data', (chunk: Buffer) => process.stderr.write(chunk))
  return null
}

function ended(child: ChildProcess, tail: StderrTail): Promise<DeathReport> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      if (child.pid !== undefined) return
      reject(new StartError(`cannot start ${executable()}: ${cause.message}; see setExecutable()`, { cause }))
    })
    child.once('exit', (code, signal) => {
      const report = (): DeathReport => ({
        pid: child.pid,
        exitCode: signal === null ? code : -constants.signals[signal],
        signal,
        stderr: tail.text,
      })
      if (child.stderr === null || child.stderr.readableEnded) return resolve(report())
      const timer = setTimeout(() => resolve(report()), STDERR_MS)
      child.stderr.once('close', () => {
        clearTimeout(timer)
        resolve(report())
      })
    })
  })
}

/** A daemon does not keep this process from ending, unless an operation is pending here, which it might serve. */
function holdLoosely(child: ChildProcess, transport: PipeTransport): void {
  const handles = [child, transport, child.stdin, child.stdout, child.stderr] as ReadonlyArray<Socket | null>
  const letGo = runtime().context.whileBusy((busy) => {
    for (const handle of handles) {
      if (busy) handle?.ref?.()
      else handle?.unref?.()
    }
  })
  child.once('exit', letGo)
}
