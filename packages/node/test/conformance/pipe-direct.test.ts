import { connector, runtime } from '@millrace/core/internal'
import { describe } from 'vitest'
import { pipeConformance } from '../../../core/conformance/pipe.ts'
import { startedAs } from './servants.ts'

// Every pipe goes direct from its first message on, also those of which one end is in the program itself: that is what
// most of the suite has, and only there nothing is gained by it.
const { context, hub } = runtime()
context.connector = connector()
hub!.directAfter = 1

describe.skipIf(process.platform !== 'linux')('without the hub', () => {
  pipeConformance('child process', startedAs('process'))
  pipeConformance('worker thread', startedAs('thread'))
})
