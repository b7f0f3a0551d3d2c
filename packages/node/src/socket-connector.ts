import { readFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type Connector, KEPT_UNREAD, type Offer, type Transport } from '@millrace/core/child'
import { PipeTransport } from './pipe-transport.ts'

/** How long the one that offers waits for the other, in milliseconds. */
const PATIENCE_MS = 10_000
const SECRET = 32
/** What each of the two connections begins with, behind the secret: which way it goes, for the one that connects. */
const OUT = 0
const IN = 1

/**
 * Connects two contexts of one machine by two Unix sockets, one for each way: see `pipe-transport.ts` for why. The
 * socket that waits has an abstract name, so that no file is left over; since anybody may connect to such a name, who
 * does has to know a secret, which only the two are told.
 */
export const socketConnector: Connector = { offer, accept }

async function offer(): Promise<Offer> {
  if (!kernelKeepsEnough()) throw new Error(`the kernel keeps less than ${KEPT_UNREAD} bytes of what is not read`)
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  const name = `millrace-${randomBytes(16).toString('hex')}`
  const secret = randomBytes(SECRET)
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(`\0${name}`, resolve)
  })
  server.unref()
  let cancel = () => {}
  const transport = new Promise<Transport>((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      server.close()
    }
    cancel = () => {
      end()
      reject(new Error('nobody connected'))
    }
    const timer = setTimeout(cancel, PATIENCE_MS).unref()
    receive(server, secret, (output, input) => {
      end()
      resolve(transportOver(input, output))
    })
  })
  transport.catch(() => {})
  return { address: `${name}:${secret.toString('hex')}`, transport, cancel }
}

async function accept(address: string): Promise<Transport> {
  const [name, secret] = address.split(':')
  const open = async (way: number): Promise<Socket> => {
    const socket = connect(`\0${name}`)
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.once('connect', resolve)
    })
    socket.write(Buffer.concat([Buffer.from(secret!, 'hex'), Buffer.of(way)]))
    return socket
  }
  const opening = [open(OUT), open(IN)] as const
  try {
    const [output, input] = await Promise.all(opening)
    return transportOver(input, output)
  } catch (error) {
    for (const socket of opening)
      socket.then(
        (each) => each.destroy(),
        () => {},
      )
    throw error
  }
}

let enough: boolean | undefined

/** Whether what a killed context has sent is kept for the other: see `metered-transport.ts`. */
function kernelKeepsEnough(): boolean {
  enough ??= Number(readFileSync('/proc/sys/net/core/wmem_default', 'latin1')) >= KEPT_UNREAD
  return enough
}

/** Calls `connected` when both connections have come that know the secret. */
function receive(server: Server, secret: Buffer, connected: (output: Socket, input: Socket) => void): void {
  const known: Array<Socket | undefined> = []
  server.on('connection', (socket) => {
    socket.unref()
    socket.on('error', () => {})
    socket.once('readable', () => {
      const greeting: Buffer | null = socket.read(SECRET + 1)
      const { timingSafeEqual } = process.getBuiltinModule('node:crypto')
      if (greeting?.length !== SECRET + 1 || !timingSafeEqual(greeting.subarray(0, SECRET), secret))
        return socket.destroy()
      known[greeting[SECRET]!] = socket
      const [input, output] = [known[OUT], known[IN]]
      if (input !== undefined && output !== undefined) connected(output, input)
    })
  })
}

function transportOver(input: Socket, output: Socket): Transport {
  const transport = new PipeTransport(input, output)
  transport.unref()
  return transport
}
