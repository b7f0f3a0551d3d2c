import { Worker } from 'node:worker_threads'
import { channelSession } from '../messages/channel-session.ts'
import type { Subject } from '../messages/subject.ts'
import { creditChannel } from './credit-channel.ts'

const program = new URL('./message-port-child.js', import.meta.url)

/** A worker thread's own port, as it is. */
export const messagePort: Subject = {
  async open(load) {
    const worker = new Worker(program, { workerData: load })
    const port = {
      post: (message: unknown) => worker.postMessage(message),
      move: (message: unknown, memory: ArrayBuffer) => worker.postMessage(message, [memory]),
      listen: (listener: (message: unknown) => void) => worker.on('message', listener),
    }
    return channelSession(worker, creditChannel(port, load.case), load, () => worker.terminate())
  },
}
