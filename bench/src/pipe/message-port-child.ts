import { parentPort, workerData } from 'node:worker_threads'
import { serve } from '../messages/channel.ts'
import type { Load } from '../messages/load.ts'
import { creditChannel } from './credit-channel.ts'

const load = workerData as Load
const parent = parentPort!
const port = {
  post: (message: unknown) => parent.postMessage(message),
  move: (message: unknown, memory: ArrayBuffer) => parent.postMessage(message, [memory]),
  listen: (listener: (message: unknown) => void) => parent.on('message', listener),
}
serve(creditChannel(port, load.case), load)
