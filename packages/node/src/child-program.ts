import { installClaims, runExitHooks, runtime } from '@millrace/core/child'
import { print, serveParent } from './child-host.ts'
import { CHILD_CLAIMS_MEMORY, CHILD_READS, CHILD_WRITES } from './child-process.ts'
import { ClaimsMemory } from './claims-memory.ts'
import { addCode } from './code-cache.ts'
import { FileClaims } from './file-claims.ts'
import { PipeTransport } from './pipe-transport.ts'

// What a child process is. It must load little: every start pays for it.

const [, , path, ...numbers] = process.argv
const [maxFrame, arena, claims, , addsCode] = numbers.map(Number)

if (claims) installClaims(new FileClaims(claims, new ClaimsMemory(CHILD_CLAIMS_MEMORY)))

serveParent({
  path: path!,
  maxFrame: maxFrame!,
  arena: arena || undefined,
  transport: PipeTransport.inherited(CHILD_READS, CHILD_WRITES),
  memoryUsed: () => process.memoryUsage.rss(),
  die() {
    runExitHooks(print)
    runtime().context.flushSync()
    process.kill(process.pid, 'SIGTERM')
  },
})

// Behind what leaves at the exit.
if (addsCode) process.on('exit', addCode)
