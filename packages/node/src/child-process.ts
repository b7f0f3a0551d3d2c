import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { PassThrough, type Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type DeathReport, runtime, type Spawned, type SpawnRequest, StartError } from '@millrace/core/child'
import { codeCache, codeMayHaveCome, corePath, fillCodeCache, wantsCode } from './code-cache.ts'
import { executable } from './executable.ts'
import { sharedArena } from './file-arena.ts'
import { FileClaims } from './file-claims.ts'
import { loaderFor } from './loader.ts'
import { PipeTransport } from './pipe-transport.ts'
import { guard } from './reaper.ts'
import { checkedLimits, limitFlags, ranOutOfMemory } from './resource-limits.ts'
import { readToTheEnd } from './standard-streams.ts'
import { StderrTail } from './stderr-tail.ts'
import { taskUrl } from './task-url.ts'

/** The descriptors on which a child speaks to its parent; `child-program.ts` opens the same. */
export const CHILD_WRITES = 3
export const CHILD_READS = 4
/** Where a child finds the arena, if there is one. */
export const CHILD_ARENA = 5
/** Where it finds the claims to what it is handed, if there are such. */
export const CHILD_CLAIMS = 6
/** Where it finds the memory that goes with them. */
export const CHILD_CLAIMS_MEMORY = 7
/** Where it finds compiled code, if there is such. */
export const CHILD_CODE = 8

const main = fileURLToPath(new URL('./child-main.cjs', import.meta.url))

/** Starts a Node process that speaks to this one over two inherited pipes; it runs `program`. */
export function spawnProcess(request: SpawnRequest, program = main): Spawned {
  const { path, stdio, maxFrame, resourceLimits } = request
  const flags = [...inheritedFlags(), ...limitFlags(checkedLimits(request)), ...loaderFor(taskUrl(request))]
  const arena = sharedArena()
  const claims = request.claims ? FileClaims.create() : undefined
  const code = codeCache()
  const addsCode = program === main && wantsCode()
  const args = [
    path,
    maxFrame,
    ...[arena && CHILD_ARENA, claims && CHILD_CLAIMS, code && CHILD_CODE].map((fd) => fd ?? 0),
    addsCode ? 1 : 0,
    corePath() ?? '',
  ]
  // That a process ran out of memory is told by what it writes last.
  const silent = stdio === 'ignore' && resourceLimits === undefined
  const child = process
    .getBuiltinModule('node:child_process')
    .spawn(executable(), [...flags, program, ...args.map(String)], {
      stdio: [
        stdio,
        stdio,
        silent ? 'ignore' : 'pipe',
        'pipe',
        'pipe',
        ...[arena?.fd, claims?.fd, claims?.memory.fd, code].map(orNothing),
      ],
      windowsHide: true,
    })
  fillCodeCache()
  const tail = new StderrTail()
  const stderr = readStderr(child, stdio, tail)
  const transport = new PipeTransport(child.stdio[CHILD_WRITES] as Socket, child.stdio[CHILD_READS] as Socket)
  const release = request.detached ? () => {} : guard(child.pid)
  if (request.daemon) holdLoosely(child, transport)
  return {
    pid: child.pid,
    threadId: undefined,
    claims,
    transport,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr,
    kill: (signal) => void child.kill(signal),
    ended: ended(child, tail).finally(() => {
      release()
      codeMayHaveCome(addsCode)
    }),
  }
}

function orNothing(fd: number | undefined): number | 'ignore' {
  return fd ?? 'ignore'
}

/** Of Node's flags those that claim a port, or say that the program is given as text. */
const OWN_FLAGS = /^(--(inspect|debug-port|eval|print|input-type|interactive)\b|-(e|p|pe|i)$)/

/** Flags of Node itself go on to children, but for those that are for this process alone. */
function inheritedFlags(): string[] {
  const { _eval: text } = process as { _eval?: string }
  return process.execArgv.filter((flag) => flag !== text && !OWN_FLAGS.test(flag))
}

/** The standard error goes where the user wants it, and its end is kept for the error that may follow. */
function readStderr({ stderr }: ChildProcess, stdio: SpawnRequest['stdio'], tail: StderrTail): Readable | null {
  if (stderr === null) return null
  stderr.on('data', (chunk: Buffer) => tail.add(chunk))
  if (stdio === 'pipe') return stderr.pipe(new PassThrough())
  if (stdio === 'inherit') stderr.on('data', (chunk: Buffer) => process.stderr.write(chunk))
  return null
}

function ended(child: ChildProcess, tail: StderrTail): Promise<DeathReport> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      if (child.pid !== undefined) return
      reject(new StartError(`cannot start ${executable()}: ${cause.message}; see setExecutable()`, { cause }))
    })
    child.once('exit', async (code, signal) => {
      await readToTheEnd(child.stderr)
      const exitCode = signal === null ? code : -process.getBuiltinModule('node:os').constants.signals[signal]
      const outOfMemory = ranOutOfMemory(code, signal, tail.text)
      resolve({ pid: child.pid, exitCode, signal, stderr: tail.text, outOfMemory })
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
