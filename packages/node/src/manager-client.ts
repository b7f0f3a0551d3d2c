import { connect, type Socket } from 'node:net'
import { runtime, type Transport } from '@millrace/core/child'
import { endpointOf } from './manager-address.ts'
import { IN, introduce, OUT, PAIR } from './manager-authentication.ts'
import { PipeTransport } from './pipe-transport.ts'

/** How long a manager may take to answer, in milliseconds. */
const PATIENCE_MS = 10_000

/** Connects to the process of a manager by two sockets, each of which proves that both sides know the key. */
export async function connectToManager(address: string, authKey: Uint8Array): Promise<Transport> {
  flushAtExit()
  const pair = process.getBuiltinModule('node:crypto').randomBytes(PAIR)
  const sockets: Socket[] = []
  const open = async (way: number): Promise<Socket> => {
    const socket = connect(endpointOf(address))
    sockets.push(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.once('connect', resolve)
    })
    socket.setNoDelay(true)
    socket.on('error', () => {})
    await introduce(socket, authKey, { way, pair }, address)
    return socket
  }
  const giveUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  const timer = setTimeout(giveUp, PATIENCE_MS)
  try {
    const [output, input] = await Promise.all([open(OUT), open(IN)])
    return new PipeTransport(input, output)
  } catch (error) {
    giveUp()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

let flushes = false

/** What was written to a manager leaves before this process does. */
function flushAtExit(): void {
  if (flushes) return
  flushes = true
  process.on('exit', () => runtime().context.flushSync())
}
