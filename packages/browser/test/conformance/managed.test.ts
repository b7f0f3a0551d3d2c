import { managedConformance } from '../../../core/conformance/managed.ts'
import { inWorker } from './servants.ts'

managedConformance('Web Worker', inWorker)
