import { availableParallelism } from 'node:os'
import { installPlatform } from '@millrace/core/internal'
import { spawnProcess } from './child-process.ts'

installPlatform({ spawn: spawnProcess, pid: process.pid, cpuCount: availableParallelism })
