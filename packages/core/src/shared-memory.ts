import type { Arrival } from './base-queue.ts'
import { CallChannel } from './call-channel.ts'
import { ClosedError, FileExistsError, ValueError } from './errors.ts'
import { releaseNow } from './garbage.ts'
import { defineHandle, HANDLE, type HandleState } from './handle.ts'
import { inWords } from './in-words.ts'
import { checkOptions } from './options.ts'
import { runtime } from './runtime.ts'
import { type Place, SharedBlock } from './shared-block.ts'

/** What travels of a block. */
interface MemoryState {
  readonly name: string
  readonly size: number
  readonly place: Place | null
}

interface MemoryArrival extends Arrival {
  readonly state: MemoryState
}

/** What `new SharedMemory` takes, as in Python. */
export interface SharedMemoryOptions {
  /** A new one gets a name of its own unless one is given. */
  readonly name?: string
  /** Makes a new block instead of opening one that exists. */
  readonly create?: boolean
  /** Bytes of a new block. */
  readonly size?: number
}

/**
 * A block of memory with a name, by which every process of the tree can open it, also one that was not given the handle:
 * Python's `multiprocessing.shared_memory.SharedMemory`.
 *
 * It lasts as long as anybody has it: a handle that is not closed, a view of `buf`, an item in a queue that holds it. Who
 * made it may go first. To send a handle is to send the name: whoever gets it after `unlink()` is refused.
 *
 * @example
 * const block = await SharedMemory.open({ create: true, size: 512 })
 * block.buf[0] = 42
 * const same = await SharedMemory.open({ name: block.name })
 * console.log(same.buf[0]) // 42
 * await block.unlink()
 * block.close()
 */
export class SharedMemory {
  /** @internal */
  readonly [HANDLE]: HandleState
  /** The name by which any process of the tree can open it. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly #block: SharedBlock
  #state: 'open' | 'closed' = 'open'

  /**
   * Makes a block, or opens one.
   *
   * @throws ValueError at a size that is not above 0, and without a name where nothing is made
   * @throws FileExistsError if one is to be made and another has the name
   * @throws FileNotFoundError if none has the name
   */
  static async open(options: SharedMemoryOptions): Promise<SharedMemory> {
    checkOptions('SharedMemory.open()', options, ['name', 'create', 'size'])
    const { name, create = false, size = 0 } = options
    checkName(name)
    if (create) return createMemory(name, checkedSize(size), newName)
    if (name === undefined) throw new ValueError('name the shared memory to open, or say create: true')
    return find(name)
  }

  /** @internal Others are made by `open`. */
  constructor(name: string, size: number, arrival?: MemoryArrival) {
    const options = { kind: 'shared-memory', size, locked: false, holds: [] }
    this.#block =
      arrival === undefined
        ? SharedBlock.make(this, options)
        : SharedBlock.arrived(this, arrival, options, arrival.state.place ?? undefined)
    const state: MemoryState = { name, size, place: this.#block.place ?? null }
    this[HANDLE] = { kind: 'shared-memory', id: this.#block.id, options: state }
    this.name = name
    this.size = size
    if (arrival !== undefined) this.#block.fetch(true)
  }

  /**
   * The bytes themselves. Views live on after `close()`, and keep the memory.
   * @throws NotSharedError where the memory is not shared
   * @throws ClosedError after `close()`
   */
  get buf(): Uint8Array {
    this.#check()
    return new Uint8Array(this.#block.here().buffer)
  }

  /** Reads bytes, wherever they are. @throws ValueError beyond the end */
  async read(offset = 0, length: number = this.size - offset): Promise<Uint8Array> {
    this.#check()
    checkPart(offset, length, this.size)
    return this.#block.read(offset, length)
  }

  /** Writes bytes, wherever they go. @throws ValueError beyond the end */
  async write(bytes: Uint8Array, offset = 0): Promise<void> {
    this.#check()
    checkPart(offset, bytes.length, this.size)
    await this.#block.write(offset, bytes)
  }

  /**
   * Resolves when `buf` can be used, if it ever can: for a handle that came in a message.
   * @throws FileNotFoundError if it had been unlinked by then
   */
  async ready(): Promise<this> {
    await this.#block.ready()
    return this
  }

  /** This process needs it no more; calling it twice does no harm. */
  close(): void {
    this.#state = 'closed'
    this.#block.close()
  }

  /**
   * Takes the name away: nobody can open it any more, but who has it keeps it.
   * @throws FileNotFoundError if that was done before
   */
  async unlink(): Promise<void> {
    if (this.#state === 'open') return void (await this.#block.channel.call('unlink'))
    // As in Python, a closed one can still be unlinked.
    const again = await find(this.name)
    try {
      await again.unlink()
    } finally {
      again.close()
    }
  }

  /** Calls `close()`, for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** What it is and which one, for messages. */
  toString(): string {
    return `SharedMemory(${JSON.stringify(this.name)}, size=${this.size})`
  }

  /** @internal Whether it can be read and written at once. @throws ClosedError */
  get isHere(): boolean {
    this.#check()
    return this.#block.memory !== undefined
  }

  /** @internal */
  claimName(): Promise<unknown> {
    return this.#block.channel.call('name', this.name, this[HANDLE].options)
  }

  #check(): void {
    if (this.#state === 'closed') throw new ClosedError(`${this} is closed in this process`)
  }
}

/** @throws TypeError: who keeps the names takes it for a fault of this process as a whole */
export function checkName(name: unknown): void {
  if (name === undefined || typeof name === 'string') return
  throw new TypeError(`the name of shared memory is a string, not ${inWords(name)}`)
}

/**
 * Makes a block; without a name it tries those of `names` until one is free.
 * @param content is there before anybody can open it
 */
export async function createMemory(
  name: string | undefined,
  size: number,
  names: () => string,
  content?: Uint8Array,
): Promise<SharedMemory> {
  for (;;) {
    const memory = new SharedMemory(name ?? names(), size)
    const writing = content === undefined ? undefined : memory.write(content)
    writing?.catch(() => {})
    try {
      await memory.claimName()
      return memory
    } catch (error) {
      memory.close()
      if (name !== undefined || !(error instanceof FileExistsError)) throw error
    }
  }
}

async function find(name: string): Promise<SharedMemory> {
  const { context } = runtime()
  const door = {}
  const id = context.newId()
  const channel = new CallChannel(context, door, id, 'memory-names', {})
  try {
    const found = (await channel.call('find', name)) as { readonly id: string; readonly options: unknown }
    // Before the door is closed, which keeps it until then.
    const state = found.options as MemoryState
    return await new SharedMemory(state.name, state.size, { context, id: found.id, state }).ready()
  } finally {
    releaseNow(door, channel, id)
  }
}

/** One that nobody else makes up. */
export function newName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  return `millrace-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

function checkedSize(size: number): number {
  if (!Number.isSafeInteger(size) || size <= 0)
    throw new ValueError(`the size of shared memory is a number of bytes above 0, not ${size}`)
  return size
}

function checkPart(offset: number, length: number, size: number): void {
  const fits = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
  if (!fits || offset + length > size) throw new ValueError(`${length} bytes at ${offset} are not within ${size} bytes`)
}

defineHandle('shared-memory', (context, id, options) => {
  const state = options as MemoryState
  return new SharedMemory(state.name, state.size, { context, id, state })
})
