import { queueConformance } from '../../../core/conformance/queue.ts'
import { inWorker } from './servants.ts'

queueConformance('Web Worker', inWorker)
