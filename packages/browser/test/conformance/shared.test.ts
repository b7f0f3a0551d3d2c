import { sharedConformance } from '../../../core/conformance/shared.ts'
import { inWorker } from './servants.ts'

sharedConformance('Web Worker', inWorker, import.meta.env.MILLRACE_ISOLATED === 'yes' ? 'shared' : 'served')
