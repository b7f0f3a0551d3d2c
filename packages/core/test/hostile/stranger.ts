import { readU32 } from '../../src/bytes.ts'
import type { MillraceError } from '../../src/errors.ts'
import { Frame } from '../../src/frame.ts'
import { FrameReader } from '../../src/frame-reader.ts'
import type { Hub } from '../../src/hub.ts'
import type { Transport, TransportListener } from '../../src/transport.ts'

/** Somebody with a connection to the hub who sends what he likes. */
export class Stranger implements Transport {
  readonly remote = true
  readonly attaches = false
  /** Why the hub closed the connection. */
  error: MillraceError | undefined
  closed = false
  /** Types of the frames that the hub sent. */
  readonly frames: number[] = []
  /** The part of the arena that it was given. */
  range: number | undefined
  readonly #reader = new FrameReader((type, bytes, start) => {
    if (type === Frame.RANGE) this.range = readU32(bytes, start)
    return this.frames.push(type) > 0
  })
  #listener: TransportListener | undefined

  constructor(hub: Hub) {
    hub.attach(this, (error) => {
      this.closed = true
      this.error = error
    })
  }

  /** As if these bytes had arrived. */
  says(bytes: Uint8Array): this {
    this.#listener!.onBytes(bytes)
    return this
  }

  leaves(): void {
    this.#listener!.onClose()
  }

  send(batch: readonly Uint8Array[]): boolean {
    for (const chunk of batch) this.#reader.push(chunk)
    return true
  }

  sendSync(batch: readonly Uint8Array[]): void {
    this.send(batch)
  }

  listen(listener: TransportListener): void {
    this.#listener = listener
  }

  close(): void {}
  ref(): void {}
  unref(): void {}
}
