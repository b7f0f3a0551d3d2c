import type { ChildProcess } from 'node:child_process'

/**
 * Sees to it that children do not outlive this process, even when it is killed and they are in a busy loop.
 *
 * A child that runs its event loop notices that the pipe to its parent ended. For the others there is one small shell
 * per process that has children: it holds a pipe to this process, is told their ids, and when that pipe ends kills
 * those that are left. Each process has its own, so a whole tree goes, from the top down.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT
pids=' '
while read -r op pid; do
  case $op in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
`

let reaper: ChildProcess | undefined
const guarded = new Set<number>()

/** Has a child killed when this process ends before it; the returned function takes that back. */
export function guard(pid: number | undefined): () => void {
  if (pid === undefined || process.platform === 'win32') return () => {}
  guarded.add(pid)
  reaper ??= start()
  reaper.stdin?.write(`+ ${pid}\n`)
  return () => {
    guarded.delete(pid)
    reaper?.stdin?.write(`- ${pid}\n`)
  }
}

function start(): ChildProcess {
  const { spawn } = process.getBuiltinModule('node:child_process')
  const shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  shell.unref()
  // Without a shell children still go when their event loop notices.
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  ;(shell.stdin as unknown as { unref(): void }).unref()
  shell.once('exit', (_code, signal) => {
    reaper = undefined
    // It was killed: another one takes over. One that ends by itself cannot run here.
    if (signal !== null && guarded.size > 0) for (const pid of [...guarded]) guard(pid)
  })
  return shell
}
