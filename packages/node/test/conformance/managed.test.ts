import { managedConformance } from '../../../core/conformance/managed.ts'
import { isQuick } from '../../../core/test/thorough.ts'
import { inMemory, startedAs } from './servants.ts'

managedConformance('a second context in memory', inMemory)
managedConformance('child process', startedAs('process'))
// Where a person waits, the suite has Web Workers in a browser, too.
if (!isQuick) managedConformance('worker thread', startedAs('thread'))
