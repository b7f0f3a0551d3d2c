import type { Connection, WaitOptions } from '@millrace/node'
import type { Exchange } from '../messages/exchange.ts'
import { type CaseName, moves } from '../messages/load.ts'

/** Send and receive of one end of a pipe; memory moves where the case says so. */
export function connectionExchange(connection: Connection<unknown>, name: CaseName): Exchange {
  if (moves(name)) return movingExchange(connection)
  return { send: (message) => connection.send(message), receive: () => connection.recv() }
}

const moving: WaitOptions & { readonly transfer: true } = { transfer: true }

function movingExchange(connection: Connection<unknown>): Exchange {
  let sent: unknown
  return {
    send(message) {
      sent = message
      return connection.send(message, moving)
    },
    receive() {
      // Whoever receives knows that all it sent before has arrived: what then still has its memory was copied.
      if (sent instanceof Uint8Array && sent.length > 0) throw new Error('A message did not move: it was copied.')
      return connection.recv()
    },
  }
}
