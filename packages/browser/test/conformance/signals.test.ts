import { barrierConformance } from '../../../core/conformance/barriers.ts'
import { conditionConformance } from '../../../core/conformance/conditions.ts'
import { eventConformance } from '../../../core/conformance/events.ts'
import { inWorker } from './servants.ts'

for (const conformance of [eventConformance, conditionConformance, barrierConformance])
  conformance('Web Worker', inWorker)
