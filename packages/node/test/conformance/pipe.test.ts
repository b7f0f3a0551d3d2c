import { pipeConformance } from '../../../core/conformance/pipe.ts'
import { isQuick } from '../../../core/test/thorough.ts'
import { inMemory, startedAs } from './servants.ts'

pipeConformance('a second context in memory', inMemory)
pipeConformance('child process', startedAs('process'))
// Where a person waits, worker threads are left to CI.
if (!isQuick) pipeConformance('worker thread', startedAs('thread'))
