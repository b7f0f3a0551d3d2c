import { inspect } from 'node:util'
import { installPlatform, runExitHooks } from '@millrace/core/child'
import { spawnProcess } from './child-process.ts'
import { sharedArena } from './file-arena.ts'
import { managerHost } from './manager-process.ts'
import { socketConnector } from './socket-connector.ts'
import { taskScope } from './task-scope.ts'
import { UNSETTLED, whatWaits } from './unsettled.ts'
import { spawnThread } from './worker-thread.ts'

installPlatform({
  kinds: ['process', 'thread'],
  spawn: (request) => (request.kind === 'thread' ? spawnThread(request) : spawnProcess(request)),
  pid: process.pid,
  cpuCount: () => process.getBuiltinModule('node:os').availableParallelism(),
  // Elsewhere the names of sockets are files, and a kernel keeps less of what was sent.
  connector: process.platform === 'linux' ? socketConnector : undefined,
  managers: managerHost,
  taskScope,
  get arena() {
    return sharedArena()
  },
})

// In a child this comes before its last flush, so that what the hooks put is sent.
process.on('exit', () => {
  runExitHooks((error) => void process.stderr.write(`${inspect(error)}\n`))
  const words = process.exitCode === UNSETTLED ? whatWaits() : undefined
  if (words !== undefined) process.stderr.write(`${words}\n`)
})
