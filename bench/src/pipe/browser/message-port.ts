import { mover } from '../../messages/channel.ts'
import { timed } from '../../messages/subject.ts'
import { creditChannel } from '../credit-channel.ts'
import { offer } from './offer.ts'

/** A Web Worker's own port, as it is. */
offer({
  async open(load) {
    const url = new URL('./message-port.worker.js', import.meta.url)
    const worker = new Worker(url, { type: 'module', name: JSON.stringify(load) })
    const port = {
      post: (message: unknown) => worker.postMessage(message),
      move: (message: unknown, memory: ArrayBuffer) => worker.postMessage(message, { transfer: [memory] }),
      listen: (listener: (message: unknown) => void) => {
        worker.onmessage = ({ data }) => listener(data)
      },
    }
    const move = mover(creditChannel(port, load.case), load)
    return {
      run: (messages) => timed(() => move(messages)),
      close: async () => worker.terminate(),
    }
  },
})
