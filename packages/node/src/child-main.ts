import { installClaims, runExitHooks, runtime } from '@millrace/core/internal'
import { print, serveParent } from './child-host.ts'
import { CHILD_READS, CHILD_WRITES } from './child-process.ts'
import { FileClaims } from './file-claims.ts'
import { PipeTransport } from './pipe-transport.ts'

// The first thing that runs in a child process. It must load little: every start pays for it.

const [, , path, ...numbers] = process.argv
const [maxFrame, arena, claims] = numbers.map(Number)

// Ctrl-C reaches every process of the terminal; the parent decides what becomes of its children.
process.on('SIGINT', () => {})

if (claims) installClaims(new FileClaims(claims))

serveParent({
  path: path!,
  maxFrame: maxFrame!,
  arena: arena || undefined,
  transport: PipeTransport.inherited(CHILD_READS, CHILD_WRITES),
  die() {
    runExitHooks(print)
    runtime().context.flushSync()
    process.kill(process.pid, 'SIGTERM')
  },
})
