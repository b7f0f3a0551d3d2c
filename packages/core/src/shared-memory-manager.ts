import { CallChannel } from './call-channel.ts'
import { ValueError } from './errors.ts'
import { releaseWhenGarbage } from './garbage.ts'
import { HANDLE } from './handle.ts'
import type { ShareableItem } from './list-items.ts'
import { managerClosed } from './revoked.ts'
import { runtime } from './runtime.ts'
import { ShareableList } from './shareable-list.ts'
import { SharedMemory } from './shared-memory.ts'

type State =
  | { readonly is: 'new' }
  | { readonly is: 'running'; readonly channel: CallChannel }
  | { readonly is: 'closed' }

/**
 * Makes blocks of shared memory, and unlinks all of them when it is shut down: Python's
 * `multiprocessing.managers.SharedMemoryManager`. Until then each can be opened by its name, also when everybody has closed
 * it. It needs no process of its own; if the process that has it dies, that is its `shutdown()`.
 *
 * @example
 * await using manager = await new SharedMemoryManager().start()
 * const block = await manager.sharedMemory(128)
 * const list = await manager.shareableList([1, 2, 3])
 * console.log(block.size, list.length) // 128 3
 */
export class SharedMemoryManager {
  #state: State = { is: 'new' }

  /** @throws ValueError if it was started before @throws ManagerClosedError after `shutdown()` */
  async start(): Promise<this> {
    if (this.#state.is === 'closed') throw managerClosed()
    if (this.#state.is === 'running') throw new ValueError('the manager was started already; make a new one')
    const { context } = runtime()
    const id = context.newId()
    const channel = new CallChannel(context, this, id, 'memory-manager', {})
    releaseWhenGarbage(this, { channel, id, mayRelease: () => true })
    this.#state = { is: 'running', channel }
    return this
  }

  /**
   * Makes a block: Python's `SharedMemory`.
   *
   * @param size bytes
   * @throws ValueError at a size that is not above 0, and before `start()`
   * @throws ManagerClosedError after `shutdown()`
   */
  async sharedMemory(size: number): Promise<SharedMemory> {
    return this.#keep(this.#channel(), await SharedMemory.open({ create: true, size }))
  }

  /**
   * Makes a list: Python's `ShareableList`.
   *
   * @throws what `new ShareableList(items)` throws; ValueError before `start()`
   * @throws ManagerClosedError after `shutdown()`
   */
  async shareableList<T = ShareableItem>(items: Iterable<T & ShareableItem>): Promise<ShareableList<T>> {
    const channel = this.#channel()
    const list = await ShareableList.open<T>({ items })
    await this.#keep(channel, list.shm)
    return list
  }

  /**
   * Unlinks all that it has made: nobody can open it any more, but who has it keeps it. Calling it twice does no harm.
   */
  async shutdown(): Promise<void> {
    const state = this.#state
    this.#state = { is: 'closed' }
    if (state.is === 'running') await state.channel.call('shutDown')
  }

  /** Calls `shutdown()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }

  async #keep(channel: CallChannel, memory: SharedMemory): Promise<SharedMemory> {
    try {
      await channel.call('keep', memory[HANDLE].id)
      return memory
    } catch (error) {
      memory.close()
      throw error
    }
  }

  #channel(): CallChannel {
    switch (this.#state.is) {
      case 'running':
        return this.#state.channel
      case 'closed':
        throw managerClosed()
      case 'new':
        throw new ValueError('the manager of shared memory was not started: await manager.start() first')
    }
  }
}
