import { queueConformance } from '../../../core/conformance/queue.ts'
import { inMemory, startedAs } from './servants.ts'

queueConformance('a second context in memory', inMemory)
queueConformance('child process', startedAs('process'))
queueConformance('worker thread', startedAs('thread'))
