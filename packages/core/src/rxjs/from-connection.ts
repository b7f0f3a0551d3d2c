import type { Observable } from 'rxjs'
import type { Connection } from '../connection.ts'
import { ClosedError, EndOfFileError, ValueError } from '../errors.ts'
import { CHANNEL } from '../queue-channel.ts'
import { received } from './received.ts'

/**
 * Emits what a connection receives, until the end of file. Each message is received only when the stage that is fed has
 * room for it; a sender waits once the pipe is full.
 *
 * Fails with ValueError if that end cannot receive.
 *
 * @example
 * fromConnection(connection).pipe(map((line) => line.trim())).subscribe(console.log)
 */
export function fromConnection<In, Out>(connection: Connection<In, Out>): Observable<In> {
  const { inbox } = connection[CHANNEL]
  const ended = (error: unknown) => connection.closed || error instanceof EndOfFileError
  const refusal = () => {
    if (connection.closed) return new ClosedError('the connection is closed in this process')
    return connection.readable ? undefined : new ValueError('this end of the pipe cannot receive')
  }
  return received(inbox, ended, refusal)
}
