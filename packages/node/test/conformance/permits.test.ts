import { permitConformance } from '../../../core/conformance/sync.ts'
import { inMemory, startedAs } from './servants.ts'

permitConformance('a second context in memory', inMemory)
permitConformance('child process', startedAs('process'))
permitConformance('worker thread', startedAs('thread'))
