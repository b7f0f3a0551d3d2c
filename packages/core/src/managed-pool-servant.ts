import { FORGOTTEN, registerManaged } from './managed-classes.ts'
import type { RemoteMapOptions, RemoteTaskOptions } from './managed-pool.ts'
import type { PoolOptions } from './pool/pool-options.ts'
import { Pool } from './pool.ts'
import type { Task } from './task-module.ts'

type AnyTask = Task<never, unknown>
type Inputs = readonly unknown[]

/** What stands in the process of a manager for a `ManagedPool`. */
export class PoolServant {
  readonly #pool: Pool

  constructor(options: PoolOptions) {
    this.#pool = new Pool(options)
  }

  apply(task: AnyTask, args: Inputs, options?: RemoteTaskOptions): Promise<unknown> {
    return this.#pool.apply(task as Task<Inputs>, args, options ?? {})
  }

  map(task: AnyTask, inputs: Inputs, options?: RemoteMapOptions): Promise<unknown[]> {
    return this.#pool.map(task as Task<[unknown]>, inputs, options ?? {})
  }

  starmap(task: AnyTask, inputs: Inputs, options?: RemoteMapOptions): Promise<unknown[]> {
    return this.#pool.starmap(task as Task<Inputs>, inputs as readonly Inputs[], options ?? {})
  }

  imap(task: AnyTask, inputs: Inputs, options?: RemoteMapOptions): AsyncIterableIterator<unknown> {
    return this.#pool.imap(task as Task<[unknown]>, inputs, options ?? {})
  }

  imapUnordered(task: AnyTask, inputs: Inputs, options?: RemoteMapOptions): AsyncIterableIterator<unknown> {
    return this.#pool.imapUnordered(task as Task<[unknown]>, inputs, options ?? {})
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  terminate(): Promise<void> {
    return this.#pool.terminate()
  }

  join(): Promise<void> {
    return this.#pool.join()
  }

  /** Nobody has it any more. */
  [FORGOTTEN](): void {
    void this.#pool.terminate()
  }
}

export const MANAGED_POOL = 'millrace.Pool'

registerManaged(MANAGED_POOL, PoolServant)
