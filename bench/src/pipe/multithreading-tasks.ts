import type { Receiver, Sender } from 'multithreading'
import { type Exchange, serve } from '../messages/exchange.ts'
import type { Load } from '../messages/load.ts'

export function serveChannels(sender: Sender<unknown>, receiver: Receiver<unknown>, load: Load): Promise<void> {
  return serve(channelExchange(sender, receiver), load)
}

export function channelExchange(sender: Sender<unknown>, receiver: Receiver<unknown>): Exchange {
  return {
    async send(message) {
      const outcome = await sender.send(encoded(message))
      if (!outcome.ok) throw outcome.error
    },
    async receive() {
      const outcome = await receiver.recv()
      // It fails when the sender has closed, which stands here for the null that ends a batch: null cannot be sent.
      return outcome.ok ? decoded(outcome.value) : null
    },
  }
}

const base64 = 'base64:'

/** A channel carries JSON. As base64 bytes grow by a third; as they are, an object of numbers, more than tenfold. */
function encoded(message: unknown): unknown {
  return message instanceof Uint8Array ? base64 + Buffer.from(message).toString('base64') : message
}

function decoded(form: unknown): unknown {
  if (typeof form !== 'string' || !form.startsWith(base64)) return form
  return Buffer.from(form.slice(base64.length), 'base64')
}
