import { sharedConformance } from '../../../core/conformance/shared.ts'
import { inMemory, startedAs } from './servants.ts'

// It is loaded with the first shared value; children inherit this.
process.env.MILLRACE_KOFFI = 'off'

sharedConformance('a second context in memory, without koffi', inMemory, 'shared')
sharedConformance('worker thread, without koffi', startedAs('thread'), 'shared')
sharedConformance('child process, without koffi', startedAs('process'), 'served')
