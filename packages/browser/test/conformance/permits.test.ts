import { permitConformance } from '../../../core/conformance/sync.ts'
import { inWorker } from './servants.ts'

permitConformance('Web Worker', inWorker)
