import { bound } from './bounds.ts'
import { Connection } from './connection.ts'
import { checkOptions } from './options.ts'
import { otherEndOf } from './primitives/create.ts'
import { runtime } from './runtime.ts'

/** What a pipe is made with. */
export interface PipeOptions {
  /** Whether both ends send and receive; true unless given. */
  readonly duplex?: boolean | undefined
  /** At most this many messages are sent one way and not yet received; 1,024 unless given; 0: no bound. */
  readonly maxsize?: number | undefined
  /** At most this many encoded bytes are; a larger message goes through alone. 4 MiB unless given; 0: no bound. */
  readonly maxbytes?: number | undefined
}

const MAXSIZE = 1024
const MAXBYTES = 4 * 1024 * 1024

/**
 * Two connected ends: what one sends, the other receives. Python's `multiprocessing.Pipe`.
 *
 * @example
 * const [a, b] = Pipe<string>()
 * await a.send('hello')
 * console.log(await b.recv()) // hello
 */
export function Pipe<A = unknown, B = A>(
  options?: PipeOptions & { readonly duplex?: true | undefined },
): [Connection<A, B>, Connection<B, A>]
/** One way: the first end receives, the second one sends. */
export function Pipe<T = unknown>(
  options: PipeOptions & { readonly duplex: false },
): [Connection<T, never>, Connection<never, T>]
export function Pipe(options?: PipeOptions): [Connection, Connection]
export function Pipe(options: PipeOptions = {}): [Connection, Connection] {
  checkOptions('a pipe', options, ['duplex', 'maxsize', 'maxbytes'])
  const { duplex = true, maxsize = MAXSIZE, maxbytes = MAXBYTES } = options
  const bounds = { maxsize: bound('maxsize', maxsize), maxbytes: bound('maxbytes', maxbytes) }
  const { context } = runtime()
  const id = context.newId()
  const near = { ...bounds, readable: true, writable: duplex }
  const far = { ...bounds, readable: duplex, writable: true }
  return [
    new Connection(near, { context, id, pipe: { ...bounds, duplex } }),
    new Connection(far, { context, id: otherEndOf(id) }),
  ]
}
