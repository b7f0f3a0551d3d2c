import type { Socket } from 'node:net'
import { AuthenticationError } from '@millrace/core/child'

/**
 * How two sides prove to each other that they know the same key, before either believes anything that the other sends.
 *
 *     server                                                      client
 *        | "MILLRACE1", nonce S ------------------------------------> |
 *        | <-- way, pair, nonce C, HMAC(key, "client", S, C, way, pair) |
 *        | HMAC(key, "server", S, C, way, pair), or an empty one --> |
 *
 * Each message is a byte that says how long the rest is, so none is longer than 256 bytes, and nobody can make the other
 * keep more. A client connects twice, for two sockets carry one link (see `pipe-transport.ts`): `pair` says which two
 * belong together, `way` in which direction each goes.
 */
const GREETING = Buffer.from('MILLRACE1')
const NONCE = 32
export const PAIR = 16
const DIGEST = 32
/** For the client: it writes there, or reads. */
export const OUT = 0
export const IN = 1

/** Which link a socket is half of. */
export interface Half {
  readonly way: number
  readonly pair: Buffer
}

/** The server's part. Undefined: this is a stranger. */
export async function admit(socket: Socket, key: Uint8Array): Promise<Half | undefined> {
  const nonce = crypto().randomBytes(NONCE)
  say(socket, GREETING, nonce)
  const claim = await hear(socket)
  if (claim === undefined || claim.length !== 1 + PAIR + NONCE + DIGEST) return undefined
  const way = claim[0]!
  const pair = claim.subarray(1, 1 + PAIR)
  const theirs = claim.subarray(1 + PAIR, 1 + PAIR + NONCE)
  const terms = [nonce, theirs, claim.subarray(0, 1 + PAIR)]
  const genuine = crypto().timingSafeEqual(claim.subarray(1 + PAIR + NONCE), proof(key, 'client', terms))
  if (!genuine || (way !== OUT && way !== IN)) {
    say(socket)
    return undefined
  }
  say(socket, proof(key, 'server', terms))
  return { way, pair }
}

/**
 * The client's part.
 * @throws AuthenticationError if one side does not know the key, or the other is no manager
 */
export async function introduce(socket: Socket, key: Uint8Array, { way, pair }: Half, where: string): Promise<void> {
  const greeting = await hear(socket)
  if (greeting === undefined) throw new Error(`whoever listens at ${where} hung up`)
  const known = greeting?.length === GREETING.length + NONCE && greeting.subarray(0, GREETING.length).equals(GREETING)
  if (!known) throw new AuthenticationError(`whoever listens at ${where} is no manager`)
  const nonce = crypto().randomBytes(NONCE)
  const half = Buffer.concat([Buffer.of(way), pair])
  const terms = [greeting.subarray(GREETING.length), nonce, half]
  say(socket, half, nonce, proof(key, 'client', terms))
  const answer = await hear(socket)
  if (answer === undefined) throw new Error(`the manager at ${where} hung up`)
  if (answer.length !== DIGEST)
    throw new AuthenticationError(`the manager at ${where} has another authkey: give the one that it was made with`)
  if (!crypto().timingSafeEqual(answer, proof(key, 'server', terms)))
    throw new AuthenticationError(`whoever listens at ${where} does not know the authkey`)
}

function proof(key: Uint8Array, role: string, terms: readonly Uint8Array[]): Buffer {
  const hmac = crypto().createHmac('sha256', key).update(`millrace ${role}`)
  for (const term of terms) hmac.update(term)
  return hmac.digest()
}

function say(socket: Socket, ...parts: Uint8Array[]): void {
  const message = Buffer.concat(parts)
  socket.write(Buffer.concat([Buffer.of(message.length), message]))
}

/** One message, and not a byte of what follows; undefined: the other side has hung up. */
async function hear(socket: Socket): Promise<Buffer | undefined> {
  const length = await take(socket, 1)
  if (length === undefined) return undefined
  return length[0] === 0 ? Buffer.alloc(0) : take(socket, length[0]!)
}

function take(socket: Socket, size: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const settle = (bytes: Buffer | undefined) => {
      socket.off('readable', attempt)
      socket.off('close', gone)
      socket.off('end', gone)
      resolve(bytes)
    }
    const gone = () => settle(undefined)
    const attempt = () => {
      const bytes: Buffer | null = socket.read(size)
      if (bytes !== null) settle(bytes.length === size ? bytes : undefined)
      else if (socket.destroyed || socket.readableEnded) gone()
    }
    socket.on('readable', attempt)
    socket.on('close', gone)
    socket.on('end', gone)
    attempt()
  })
}

/** Not loaded by those that know no managers. */
function crypto() {
  return process.getBuiltinModule('node:crypto')
}
