import type { Arrival } from './base-queue.ts'
import { CallChannel } from './call-channel.ts'
import type { Context } from './context.ts'
import { ClosedError, NotSharedError, ProtocolError, ValueError } from './errors.ts'
import { releaseNow, releaseWhenGarbage } from './garbage.ts'
import { memoryPosition } from './mapped-blocks.ts'
import { arena } from './platform.ts'
import { HEADER_BYTES, WATCHERS } from './primitives/lock-word.ts'
import { newBuffer } from './primitives/memory-backing.ts'
import { ensureRange, runtime } from './runtime.ts'

/** What is made with a block. */
export interface BlockOptions {
  readonly kind: string
  /** Bytes. */
  readonly size: number
  readonly locked: boolean
  /** The handles that it needs. */
  readonly holds: readonly string[]
}

/** Where a block lies: the range of its maker, and the offset in that. */
export type Place = readonly [range: number, offset: number]

/** The memory where it is shared. */
export interface Memory {
  readonly header: Int32Array
  readonly buffer: ArrayBufferLike
}

/** The longest piece that is read or written through the hub at once, in bytes. */
const PIECE = 32 * 1024

/** Whoever has a view of the memory has the memory: it is not given back while there is one. */
const keptBy = new WeakMap<ArrayBufferLike, SharedBlock>()
/** Those of whose changes somebody wants to know, though nobody holds them. */
const watched = new Set<SharedBlock>()

/**
 * This context's part in a block of shared memory: the memory itself where it is shared, the way to the hub elsewhere.
 *
 * Its maker takes it from the arena, where that can be mapped, or makes shared buffers, or leaves it to the hub. The first
 * is known by its place, and so at once wherever a handle arrives; the second has to be fetched.
 */
export class SharedBlock {
  readonly context: Context
  readonly id: string
  readonly channel: CallChannel
  readonly size: number
  /** Undefined where only the hub knows. */
  readonly place: Place | undefined
  readonly #listeners: Set<() => void>
  #memory: Memory | undefined
  #opened: Promise<void> | undefined
  #isOpening = false
  #telling = false

  /** A new block. */
  static make(handle: object, options: BlockOptions): SharedBlock {
    const here = runtime()
    ensureRange(here)
    const { context } = here
    const blockSize = HEADER_BYTES + options.size
    const { mapped } = context
    const offset = mapped?.take(blockSize)
    if (mapped !== undefined && offset === undefined)
      throw new ValueError(
        `no room for ${options.size} bytes of shared memory: it is full, or this process has 4 GiB of it`,
      )
    const place = offset === undefined ? undefined : ([mapped!.range, offset] as const)
    const block = new SharedBlock(handle, context, context.newId(), options, true, place)
    if (offset !== undefined) block.channel.giveBlock({ offset, size: blockSize })
    else if (canShareBuffers(context)) block.#share()
    return block
  }

  /** One that has arrived. */
  static arrived(
    handle: object,
    { context, id }: Arrival,
    options: BlockOptions,
    place: Place | undefined,
  ): SharedBlock {
    return new SharedBlock(handle, context, id, options, false, place)
  }

  private constructor(
    handle: object,
    context: Context,
    id: string,
    { kind, size, locked, holds }: BlockOptions,
    isNew: boolean,
    place: Place | undefined,
  ) {
    this.context = context
    this.id = id
    this.size = size
    this.place = place
    const listeners = new Set<() => void>()
    this.#listeners = listeners
    this.channel = new CallChannel(context, handle, id, kind, isNew ? { size, locked, holds } : null, (news) => {
      if (news === 'changed') for (const listener of listeners) listener()
    })
    releaseWhenGarbage(this, { channel: this.channel, id, mayRelease: () => true })
  }

  /**
   * Asks for what is still to come of a block that arrived; a task is not called before it is there.
   * @param always also where the place tells where the memory is
   */
  fetch(always = false): void {
    if (!always && this.memory !== undefined) return
    this.#isOpening = true
    this.#opened = this.#open().finally(() => {
      this.#isOpening = false
    })
    this.#opened.catch(() => {})
    this.context.awaits(this.#opened)
  }

  /** Resolves when the memory can be used, if it is shared. */
  async ready(): Promise<void> {
    await this.#opened
  }

  /** Undefined where it is not shared, or not here yet. */
  get memory(): Memory | undefined {
    if (this.#memory === undefined && this.place !== undefined) this.#memory = this.#map(this.place)
    return this.#memory
  }

  /** @throws NotSharedError where it is not shared, or not here yet */
  here(): Memory {
    const { memory } = this
    if (memory !== undefined) return memory
    if (this.channel.closed) throw new ClosedError(`${this.channel.name} is closed in this process`)
    throw new NotSharedError(`${this.channel.name} is not in shared memory here: ${wayOut(this.#isOpening)}`)
  }

  /** Something was written: tells those who want to know, once for what happens at once. */
  changed(): void {
    const { memory } = this
    if (memory === undefined || this.#telling || Atomics.load(memory.header, WATCHERS) === 0) return
    this.#telling = true
    queueMicrotask(() => {
      this.#telling = false
      this.channel.tell('changed')
    })
  }

  /** Has `listener` called after changes; returns how to end that. */
  watch(listener: () => void): () => void {
    if (this.#listeners.size === 0) {
      watched.add(this)
      this.channel.tell('watch')
    }
    this.#listeners.add(listener)
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return
      watched.delete(this)
      this.channel.tell('unwatch')
    }
  }

  /** Reads bytes wherever they are. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const { memory } = this
    if (memory !== undefined) return new Uint8Array(memory.buffer, offset, length).slice()
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += PIECE)
      bytes.set((await this.channel.call('read', offset + at, Math.min(PIECE, length - at))) as Uint8Array, at)
    return bytes
  }

  /** Writes bytes wherever they go. */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const { memory } = this
    if (memory !== undefined) {
      new Uint8Array(memory.buffer, offset, bytes.length).set(bytes)
      return this.changed()
    }
    const pieces: Array<Promise<unknown>> = []
    for (let at = 0; at < bytes.length; at += PIECE)
      pieces.push(this.channel.call('write', offset + at, bytes.subarray(at, at + PIECE)))
    await Promise.all(pieces)
  }

  /** This context needs it no more. What it has views of stays until they are garbage. */
  close(): void {
    if (this.channel.closed) return
    this.channel.tell('close')
    if (this.#memory === undefined) releaseNow(this, this.channel, this.id)
    else this.channel.close()
    this.#memory = undefined
  }

  async #open(): Promise<void> {
    const buffers = await this.channel.fetch('open')
    if (buffers.length === 0) return
    const [header, buffer] = buffers
    if (header?.byteLength !== HEADER_BYTES || buffer?.byteLength !== this.size)
      throw new ProtocolError('shared memory of the wrong size')
    this.#keep({ header: new Int32Array(header), buffer })
  }

  #map([range, offset]: Place): Memory | undefined {
    // A hub elsewhere speaks of memory elsewhere.
    if (this.context.abroad !== undefined) return undefined
    const mapping = arena()?.mapping
    const position = memoryPosition(range, offset)
    const header = mapping?.view(position, HEADER_BYTES)
    const buffer = mapping?.view(position + HEADER_BYTES, this.size)
    return header === undefined || buffer === undefined
      ? undefined
      : this.#keep({ header: new Int32Array(header), buffer })
  }

  #share(): void {
    const buffers = [newBuffer(HEADER_BYTES), newBuffer(this.size)] as const
    this.channel.giveBuffers(buffers)
    this.#keep({ header: new Int32Array(buffers[0]), buffer: buffers[1] })
  }

  #keep(memory: Memory): Memory {
    this.#memory = memory
    keptBy.set(memory.buffer, this)
    return memory
  }
}

/** Whoever has the hub shares ordinary buffers with it, where there are no others. */
function canShareBuffers({ attaches, link }: Context): boolean {
  return attaches && link.shares && (link.local || typeof SharedArrayBuffer !== 'undefined')
}

function wayOut(isOpening: boolean): string {
  if (isOpening) return 'it has just arrived, so await ready() first'
  const way =
    typeof SharedArrayBuffer === 'undefined'
      ? 'serve the page with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp'
      : 'install the optional dependency koffi to share memory between processes'
  return `${way}, or use the methods that return promises`
}
