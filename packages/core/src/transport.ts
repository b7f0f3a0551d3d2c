/** Hands out buffers that are in this context already, once; undefined if they have gone. */
export type Fetch = () => readonly ArrayBuffer[] | undefined

/** What goes along with a batch as it is: whole buffers or, inside one context, the way to some. */
export type Attachment = ArrayBuffer | SharedArrayBuffer | Fetch

/**
 * The seam that a platform implements: batches of bytes, in order, between two contexts, and the news that the other
 * side is gone. A transport knows nothing of frames; where a batch is cut into chunks on its way means nothing.
 */
export interface Transport {
  /** Whether the other side runs by itself, so that an answer may come while this side waits. */
  readonly remote: boolean
  /** Whether whole buffers can go along with a batch without a copy: between threads, and inside one. */
  readonly attaches: boolean
  /** Whether shared buffers can go along as well, which both sides have then. */
  readonly shares?: boolean
  /**
   * Sends the chunks, in order, as one batch; they belong to the transport from now on and are not changed.
   * The attachments, if it `attaches` any, go along and are gone here.
   * False: accepted, but the other side is behind; better send nothing more before `onDrain`.
   */
  send(batch: readonly Uint8Array[], attachments?: readonly Attachment[]): boolean
  /**
   * Sends like `send` but returns only when the bytes have left this context: for the moment of its exit.
   * A transport whose bytes cannot be lost by an exit does the same as in `send`.
   */
  sendSync(batch: readonly Uint8Array[], attachments?: readonly Attachment[]): void
  /** Whether something that was sent is still in this context, and would be lost if it were killed. No: it never is. */
  readonly holdsBack?: boolean
  /** Takes the listener and starts the flow; called once. Chunks belong to the listener. */
  listen(listener: TransportListener): void
  /** Ends the connection. What was sent before still arrives; idempotent. */
  close(): void
  /** Whether an open connection keeps this context from ending. */
  ref(): void
  unref(): void
}

export interface TransportListener {
  /** The attachments of a batch come with its first chunk, or before. */
  onBytes(chunk: Uint8Array, attachments?: readonly Attachment[]): void
  onDrain(): void
  /** The other side is gone and everything that it sent was delivered; called once, also after an own `close`. */
  onClose(): void
}
