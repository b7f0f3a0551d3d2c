import { parentPort } from 'node:worker_threads'
import { step } from './tasks.ts'

parentPort?.on('message', (item) => parentPort?.postMessage(step(item)))
