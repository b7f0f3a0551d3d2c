import { sharedConformance } from '../../../core/conformance/shared.ts'
import { isQuick } from '../../../core/test/thorough.ts'
import { inMemory, startedAs } from './servants.ts'

sharedConformance('a second context in memory', inMemory, 'shared')
sharedConformance('child process', startedAs('process'), process.platform === 'linux' ? 'shared' : 'served')
// Where a person waits, the suite has Web Workers in a browser, too.
if (!isQuick) sharedConformance('worker thread', startedAs('thread'), 'shared')
