import { queueConformance } from '../../../core/conformance/queue.ts'
import { isQuick } from '../../../core/test/thorough.ts'
import { inMemory, startedAs } from './servants.ts'

queueConformance('a second context in memory', inMemory)
queueConformance('child process', startedAs('process'))
// Where a person waits, worker threads are left to CI.
if (!isQuick) queueConformance('worker thread', startedAs('thread'))
