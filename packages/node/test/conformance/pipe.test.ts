import { pipeConformance } from '../../../core/conformance/pipe.ts'
import { inMemory, startedAs } from './servants.ts'

pipeConformance('a second context in memory', inMemory)
pipeConformance('child process', startedAs('process'))
pipeConformance('worker thread', startedAs('thread'))
