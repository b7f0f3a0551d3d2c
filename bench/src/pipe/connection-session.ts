import type { Connection, Process } from '@millrace/node'
import { mover } from '../messages/exchange.ts'
import type { Load } from '../messages/load.ts'
import { type Session, timed } from '../messages/subject.ts'
import { connectionExchange } from './connection-exchange.ts'

/** Millrace as its users write it: one duplex pipe, every send and receive awaited. */
export function connectionSession(
  here: Connection<unknown>,
  child: Pick<Process<void>, 'join' | 'result'>,
  load: Load,
): Session {
  const move = mover(connectionExchange(here, load.case), load)
  return {
    run: (messages) => timed(() => move(messages)),
    async close() {
      await here.send(null)
      await child.join()
      await here.close()
      await child.result
    },
  }
}
