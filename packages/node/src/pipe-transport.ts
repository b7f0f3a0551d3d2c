import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Transport, TransportListener } from '@millrace/core/child'

/** From this many queued bytes on, the sender had better wait. More than a pipe holds, so that it never runs empty. */
const HIGH_WATER = 256 * 1024

/** How long an exiting process goes on offering its last bytes to a reader that does not take them. */
const LAST_WORDS_MS = 30_000

/**
 * A transport over two pipes that the child inherits, one for each way.
 *
 * Two, because a socket that fails to write to a dead peer is destroyed together with what it had still to read: over
 * one duplex pipe the last items of a process that ended would be lost to whoever was writing to it.
 */
export class PipeTransport implements Transport {
  readonly remote = true
  readonly attaches = false
  readonly #inlet: Inlet | undefined
  readonly #input: Socket
  readonly #output: Socket
  #listener: TransportListener | undefined
  /** Given to the socket and not yet known to be in the pipe. */
  #inFlight: readonly Uint8Array[] = []
  /** What waits until the pipe has taken that. */
  #queue: Uint8Array[] = []
  #queued = 0

  constructor(input: Socket, output: Socket, inlet?: Inlet) {
    this.#inlet = inlet
    this.#input = input
    this.#output = output
    // A dead peer is noticed by the end of what it sent, not by what cannot be sent to it.
    input.on('error', () => {})
    output.on('error', () => {})
  }

  /** The end of a child, over descriptors that it inherited. */
  static inherited(reads: number, writes: number): PipeTransport {
    const output = new Socket({ fd: writes, readable: false, writable: true })
    const buffer = Buffer.allocUnsafeSlow(READ_SIZE)
    const inlet = new Inlet()
    const callback = (length: number): boolean => {
      inlet.take(buffer, length)
      return true
    }
    // `onread` is an option of every socket; the type declarations know it for connections alone.
    const options = { fd: reads, readable: true, writable: false, onread: { buffer, callback } }
    return new PipeTransport(new Socket(options as ConstructorParameters<typeof Socket>[0]), output, inlet)
  }

  listen(listener: TransportListener): void {
    this.#listener = listener
    if (this.#inlet === undefined) this.#input.on('data', (chunk: Uint8Array) => listener.onBytes(chunk))
    else this.#inlet.listen((chunk) => listener.onBytes(chunk))
    const ended = () => {
      this.#output.destroy()
      listener.onClose()
    }
    // It can have ended, having sent nothing, before anybody listened.
    if (this.#input.closed) setImmediate(ended)
    else this.#input.once('close', ended)
  }

  send(batch: readonly Uint8Array[]): boolean {
    if (!this.#output.writable) return true
    if (this.#inFlight.length === 0) this.#write(batch)
    else {
      for (const chunk of batch) {
        this.#queue.push(chunk)
        this.#queued += chunk.length
      }
    }
    return this.#queued < HIGH_WATER
  }

  get holdsBack(): boolean {
    return this.#inFlight.length > 0 || this.#queued > 0
  }

  #write(batch: readonly Uint8Array[]): void {
    const output = this.#output
    const last = batch.length - 1
    if (last < 0) return
    this.#inFlight = batch
    if (last > 0) output.cork()
    for (let i = 0; i < last; i++) output.write(batch[i]!)
    output.write(batch[last]!, this.#written)
    if (last > 0) output.uncork()
    // What the pipe took at once is not in the socket's buffer any more.
    if (output.writableLength === 0) this.#inFlight = []
  }

  /** Bypasses the event loop, which will not run again. */
  sendSync(batch: readonly Uint8Array[]): void {
    const fd = handleOf(this.#output)?.fd
    if (fd === undefined || fd < 0 || this.#output.destroyed) return
    const unsent = tail(this.#inFlight, this.#output)
    const deadline = Date.now() + LAST_WORDS_MS
    for (const chunk of [...unsent, ...this.#queue, ...batch]) if (!writeAll(fd, chunk, deadline)) return
  }

  close(): void {
    this.#input.destroy()
    this.#output.destroySoon()
  }

  ref(): void {
    this.#input.ref()
  }

  unref(): void {
    this.#input.unref()
    this.#output.unref()
  }

  /** The pipe has room again: it is filled at once, not at the end of the turn. */
  readonly #written = (): void => {
    if (this.#output.writableLength > 0) return
    this.#inFlight = []
    if (this.#queued === 0) return
    const wasHigh = this.#queued >= HIGH_WATER
    const queue = this.#queue
    this.#queue = []
    this.#queued = 0
    this.#write(queue)
    if (wasHigh) this.#listener?.onDrain()
  }
}

const READ_SIZE = 64 * 1024
const SLAB_SIZE = 256 * 1024

/**
 * Copies what one buffer receives into slabs that hold many reads. Otherwise every read, however short, would cost
 * the garbage collector a buffer of 64 KiB.
 */
class Inlet {
  #slab = Buffer.alloc(0)
  #pos = 0
  #sink: ((chunk: Uint8Array) => void) | undefined
  #early: Uint8Array[] = []

  listen(sink: (chunk: Uint8Array) => void): void {
    this.#sink = sink
    for (const chunk of this.#early.splice(0)) sink(chunk)
  }

  take(buffer: Buffer, length: number): void {
    if (this.#pos + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_SIZE)
      this.#pos = 0
    }
    const chunk = this.#slab.subarray(this.#pos, this.#pos + length)
    this.#pos += length
    chunk.set(buffer.subarray(0, length))
    if (this.#sink === undefined) this.#early.push(chunk)
    else this.#sink(chunk)
  }
}

interface PipeHandle {
  readonly fd?: number
  /** Bytes that libuv has accepted and not yet written, partial writes considered. */
  readonly writeQueueSize?: number
}

/** Node has no public word for how much of a write is out; this property has been there since before version 1. */
function handleOf(socket: Socket): PipeHandle | undefined {
  return (socket as unknown as { _handle?: PipeHandle | null })._handle ?? undefined
}

/** What of the chunks in flight the kernel has not got. */
function tail(inFlight: readonly Uint8Array[], output: Socket): Uint8Array[] {
  if (inFlight.length === 0) return []
  const all = Buffer.concat(inFlight)
  const unsent = handleOf(output)?.writeQueueSize ?? 0
  return unsent > 0 && unsent <= all.length ? [all.subarray(all.length - unsent)] : []
}

const pause = new Int32Array(new SharedArrayBuffer(4))

function writeAll(fd: number, chunk: Uint8Array, deadline: number): boolean {
  for (let at = 0; at < chunk.length; ) {
    try {
      at += writeSync(fd, chunk, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EAGAIN' || Date.now() > deadline) return false
      Atomics.wait(pause, 0, 0, 1)
    }
  }
  return true
}
