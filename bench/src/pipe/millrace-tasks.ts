import type { Connection } from '@millrace/node'
import { serve } from '../messages/exchange.ts'
import type { Load } from '../messages/load.ts'
import { connectionExchange } from './connection-exchange.ts'

export function serveConnection(there: Connection<unknown>, load: Load): Promise<void> {
  return serve(connectionExchange(there, load.case), load)
}
