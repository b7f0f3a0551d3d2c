import { workerData } from 'node:worker_threads'
import { installClaims, SharedClaims } from '@millrace/core/child'
import { serveParent } from './child-host.ts'
import { setExecutable } from './executable.ts'
import { ThreadTransport } from './thread-transport.ts'
import { RUNNING, TERMINATED, type ThreadData } from './worker-thread.ts'

// What a thread is. It must load little: every start pays for it.

const { path, maxFrame, arena, claims, port, fate, executable } = workerData as ThreadData
Atomics.store(fate, 0, RUNNING)
setExecutable(executable)
if (claims !== undefined) installClaims(new SharedClaims(claims))

serveParent({
  path,
  maxFrame,
  arena,
  transport: new ThreadTransport(port),
  // The resident set is the process's, of which this is but a part.
  memoryUsed: () => process.memoryUsage().heapUsed,
  // Signals are for processes: the thread leaves word that it was one, then exits, which runs the hooks and flushes.
  die() {
    Atomics.store(fate, 0, TERMINATED)
    process.exit()
  },
})
