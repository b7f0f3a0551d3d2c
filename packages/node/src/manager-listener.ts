import { rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Transport } from '@millrace/core/child'
import { StartError } from '@millrace/core/child'
import { endpointOf } from './manager-address.ts'
import { admit, type Half, OUT } from './manager-authentication.ts'
import { PipeTransport } from './pipe-transport.ts'

/** How many may be about to prove themselves at a time; the one that has taken longest makes room. */
const MOST_STRANGERS = 128
/** How long an address may still be in use by who had it before, in milliseconds. */
const PATIENCE_MS = 1_000

interface ListenerOptions {
  readonly authKey: Uint8Array
  readonly handshakeTimeout: number
  readonly connected: (transport: Transport) => void
}

/** Listens for those who know the key; strangers are dropped. */
export class ManagerListener {
  readonly #server: Server = createServer()
  readonly #options: ListenerOptions
  readonly #strangers = new Set<Socket>()
  /** One of two sockets, by the pair that they are to be. */
  readonly #halves = new Map<string, readonly [half: Half, socket: Socket]>()
  readonly #transports = new Set<Transport>()

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#server.on('connection', (socket) => void this.#receive(socket))
  }

  /** Returns the address, with the port that was free. @throws StartError */
  async listen(address: string): Promise<string> {
    const endpoint = endpointOf(address)
    for (let waited = 0; ; waited += 100) {
      try {
        await this.#tryToListen(endpoint)
        break
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException
        if (code !== 'EADDRINUSE' || waited >= PATIENCE_MS)
          throw new StartError(`the manager cannot listen at ${address}: ${(cause as Error).message}`, { cause })
        if ('path' in endpoint && (await isStale(endpoint.path!))) rmSync(endpoint.path!, { force: true })
        else await sleep(100)
      }
    }
    const bound = this.#server.address()
    return typeof bound === 'object' && bound !== null && 'host' in endpoint
      ? `tcp:${endpoint.host}:${bound.port}`
      : address
  }

  /** Nobody can connect any more, and those who have are cut off when what was sent has left. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#strangers) socket.destroy()
    for (const [, socket] of this.#halves.values()) socket.destroy()
    for (const transport of this.#transports) transport.close()
    return closed
  }

  #tryToListen(endpoint: ReturnType<typeof endpointOf>): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        this.#server.off('error', settle)
        this.#server.off('listening', settle)
        if (error === undefined) resolve()
        else reject(error)
      }
      this.#server.on('error', settle)
      this.#server.on('listening', settle)
      this.#server.listen(endpoint)
    })
  }

  async #receive(socket: Socket): Promise<void> {
    socket.on('error', () => {})
    socket.setNoDelay(true)
    this.#strangers.add(socket)
    for (const oldest of this.#strangers) {
      if (this.#strangers.size <= MOST_STRANGERS) break
      this.#strangers.delete(oldest)
      oldest.destroy()
    }
    const timer = setTimeout(() => socket.destroy(), this.#options.handshakeTimeout)
    const half = await admit(socket, this.#options.authKey)
    clearTimeout(timer)
    this.#strangers.delete(socket)
    if (half === undefined) socket.destroySoon()
    else if (!socket.destroyed) this.#pair(half, socket)
  }

  #pair(half: Half, socket: Socket): void {
    const name = half.pair.toString('latin1')
    const other = this.#halves.get(name)
    if (other === undefined) {
      this.#halves.set(name, [half, socket])
      const timer = setTimeout(() => socket.destroy(), this.#options.handshakeTimeout)
      socket.once('close', () => {
        clearTimeout(timer)
        this.#halves.delete(name)
      })
      this.#waits.set(socket, timer)
      return
    }
    this.#halves.delete(name)
    clearTimeout(this.#waits.get(other[1]))
    if (other[0].way === half.way) {
      socket.destroy()
      return void other[1].destroy()
    }
    const [input, output] = half.way === OUT ? [socket, other[1]] : [other[1], socket]
    const transport = new PipeTransport(input, output)
    this.#transports.add(transport)
    input.once('close', () => this.#transports.delete(transport))
    this.#options.connected(transport)
  }

  readonly #waits = new WeakMap<Socket, NodeJS.Timeout>()
}

/** Whether nobody listens at a path any more: it was left by who was killed. */
function isStale(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}
