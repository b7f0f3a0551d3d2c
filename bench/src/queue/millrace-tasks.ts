import type { Queue } from '@millrace/node'
import { type Exchange, serve } from '../messages/exchange.ts'
import type { Load } from '../messages/load.ts'

export function serveQueues(there: Queue<unknown>, back: Queue<unknown>, load: Load): Promise<void> {
  return serve(queueExchange(back, there), load)
}

export function queueExchange(out: Queue<unknown>, into: Queue<unknown>): Exchange {
  return { send: (message) => out.put(message), receive: () => into.get() }
}
