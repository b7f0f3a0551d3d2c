import { ProtocolError } from '../errors.ts'
import type { Abroad } from '../handle.ts'
import type { Port, Primitive, Reply } from './primitive.ts'
import { CalledPort } from './waiters.ts'

/** The kind of what stands in this hub for an object of a manager's process. */
export const FOREIGN = 'foreign'

/** Keeps an object of a manager's process alive. */
export interface Hold {
  /** Settles when that process knows, or never will. */
  readonly established: Promise<unknown>
  end(): void
}

export type HoldAbroad = (id: string, home: Abroad) => Hold

const NOTHING: Hold = { established: Promise.resolve(), end: () => {} }

let holdAbroad: HoldAbroad = () => NOTHING

/** How this realm reaches the processes of managers, where it can. */
export function holdForeignBy(hold: HoldAbroad): void {
  holdAbroad = hold
}

/**
 * Stands under the id of an object that belongs to a manager's process, so that this hub keeps account of it as of its own:
 * while an item of this hub leads to it, or a context that sends or receives one, it is kept alive there. That begins when
 * a sender says that the object is there: news of it takes another way than news of the item.
 */
export class ForeignPrimitive implements Primitive {
  readonly #id: string
  readonly #home: Abroad
  #hold: Hold | undefined

  constructor(id: string, home: Abroad) {
    this.#id = id
    this.#home = home
  }

  connect(): Port {
    return new ForeignPort(this)
  }

  /** Answers when the object is kept alive there. */
  hold(reply: Reply): void {
    this.#hold ??= holdIfPossible(this.#id, this.#home)
    const done = () => reply.done(null)
    this.#hold.established.then(done, done)
  }

  dispose(): void {
    this.#hold?.end()
  }
}

/** Where there is no way to managers, whoever sends it has none either. */
function holdIfPossible(id: string, home: Abroad): Hold {
  try {
    return holdAbroad(id, home)
  } catch {
    return NOTHING
  }
}

class ForeignPort extends CalledPort {
  readonly #foreign: ForeignPrimitive

  constructor(foreign: ForeignPrimitive) {
    super()
    this.#foreign = foreign
  }

  call(operation: string, _args: readonly unknown[], reply: Reply): void {
    if (operation !== 'hold') throw new ProtocolError(`what is foreign has no operation ${operation}`)
    this.#foreign.hold(reply)
  }

  cancel(): void {}
  release(): void {}
}
