import { sharedConformance } from '../../../core/conformance/shared.ts'
import { inMemory, startedAs } from './servants.ts'

sharedConformance('a second context in memory', inMemory, 'shared')
sharedConformance('child process', startedAs('process'), process.platform === 'linux' ? 'shared' : 'served')
sharedConformance('worker thread', startedAs('thread'), 'shared')
