import { managedConformance } from '../../../core/conformance/managed.ts'
import { inMemory, startedAs } from './servants.ts'

managedConformance('a second context in memory', inMemory)
managedConformance('child process', startedAs('process'))
managedConformance('worker thread', startedAs('thread'))
