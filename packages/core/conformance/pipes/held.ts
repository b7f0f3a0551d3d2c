import { type Connection, Pipe, type PipeOptions, Queue } from '@millrace/core'
import type { Elsewhere } from '../elsewhere.ts'

/** A connection that another context holds on to. */
export class Held {
  readonly place: Elsewhere
  readonly key: number

  constructor(place: Elsewhere, key: number) {
    this.place = place
    this.key = key
  }

  /** Hands a connection over to another context. */
  static async at(place: Elsewhere, connection: Connection<unknown>): Promise<Held> {
    return new Held(place, await place.run('hold', connection))
  }

  use(method: keyof Connection & string, ...args: unknown[]): Promise<unknown> {
    return this.place.run('use', this.key, method, ...args)
  }

  sendAll(messages: readonly unknown[]): Promise<void> {
    return this.place.run('sendAll', this.key, messages)
  }

  receiveMany(count: number): Promise<unknown[]> {
    return this.place.run('receiveMany', this.key, count)
  }

  /** What comes until the connection refuses to receive, and the error that it does so with. */
  receiveAll(): Promise<{ messages: unknown[]; end: string }> {
    return this.place.run('receiveAll', this.key)
  }

  close(): Promise<unknown> {
    return this.use('close')
  }
}

/** A pipe with one end here and one end there. */
export async function pipeTo(place: Elsewhere, options: PipeOptions = {}): Promise<[here: Connection, there: Held]> {
  const [here, far] = Pipe(options as { duplex?: true })
  return [here, await Held.at(place, far)]
}

/** A pipe between two other contexts. */
export async function pipeBetween(one: Elsewhere, two: Elsewhere, options?: PipeOptions): Promise<[Held, Held]> {
  const [near, far] = Pipe(options as { duplex?: true })
  return [await Held.at(one, near), await Held.at(two, far)]
}

/** Resolves when the hub has heard of everything that this context did so far, and its answers are here. */
export async function heard(): Promise<void> {
  const queue = new Queue()
  await queue.empty()
}
