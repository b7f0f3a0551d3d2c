import { serve } from '../../messages/channel.ts'
import type { Load } from '../../messages/load.ts'
import { creditChannel } from '../credit-channel.ts'

const load = JSON.parse(self.name) as Load
const port = {
  post: (message: unknown) => self.postMessage(message),
  move: (message: unknown, memory: ArrayBuffer) => self.postMessage(message, { transfer: [memory] }),
  listen: (listener: (message: unknown) => void) => {
    self.onmessage = ({ data }) => listener(data)
  },
}
serve(creditChannel(port, load.case), load)
