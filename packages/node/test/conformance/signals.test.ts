import { barrierConformance } from '../../../core/conformance/barriers.ts'
import { conditionConformance } from '../../../core/conformance/conditions.ts'
import { eventConformance } from '../../../core/conformance/events.ts'
import { isQuick } from '../../../core/test/thorough.ts'
import { inMemory, startedAs } from './servants.ts'

for (const conformance of [eventConformance, conditionConformance, barrierConformance]) {
  conformance('a second context in memory', inMemory)
  conformance('child process', startedAs('process'))
  // Where a person waits, worker threads are left to CI.
  if (!isQuick) conformance('worker thread', startedAs('thread'))
}
