import { permitConformance } from '../../../core/conformance/sync.ts'
import { isQuick } from '../../../core/test/thorough.ts'
import { inMemory, startedAs } from './servants.ts'

permitConformance('a second context in memory', inMemory)
permitConformance('child process', startedAs('process'))
// Where a person waits, worker threads are left to CI.
if (!isQuick) permitConformance('worker thread', startedAs('thread'))
