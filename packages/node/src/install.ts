import { availableParallelism } from 'node:os'
import { inspect } from 'node:util'
import { installPlatform, runExitHooks } from '@millrace/core/internal'
import { spawnProcess } from './child-process.ts'

installPlatform({ kinds: ['process'], spawn: spawnProcess, pid: process.pid, cpuCount: availableParallelism })

// In a child this comes before its last flush, so that what the hooks put is sent.
process.on('exit', () => runExitHooks((error) => void process.stderr.write(`${inspect(error)}\n`)))
