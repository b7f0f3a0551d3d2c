import { type OperatorFunction, throwError } from 'rxjs'
import type { Connection } from '../connection.ts'
import { ClosedError, ValueError } from '../errors.ts'
import { CHANNEL } from '../queue-channel.ts'
import { type SentOptions, sent } from './sent.ts'

/**
 * Sends each item by a connection, and asks for no more than the pipe has room for. Emits how many there were once all of
 * them are in the pipe, and completes. The connection stays open.
 *
 * Fails with EncodeError at an item that cannot travel, with BrokenPipeError if nobody holds the other end any more, and
 * with ValueError if that end cannot send.
 *
 * @example
 * const count = await lastValueFrom(from(lines).pipe(toConnection(connection)))
 */
export function toConnection<In, Out>(
  connection: Connection<In, Out>,
  options?: SentOptions,
): OperatorFunction<Out, number> {
  const send = sent<Out>('toConnection()', () => connection[CHANNEL], options)
  return (source) => {
    if (connection.closed) return throwError(() => new ClosedError('the connection is closed in this process'))
    if (!connection.writable) return throwError(() => new ValueError('this end of the pipe cannot send'))
    return send(source)
  }
}
