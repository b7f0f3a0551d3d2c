import { pipeConformance } from '../../../core/conformance/pipe.ts'
import { inWorker } from './servants.ts'

pipeConformance('Web Worker', inWorker)
