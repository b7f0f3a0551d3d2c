import { type MillraceError, ProtocolError, RemoteError, ValueError } from '../errors.ts'
import { inWords } from '../in-words.ts'
import type { Keeper, Outlet, Port, Primitive, Reply } from './primitive.ts'
import { type EVERYTHING, Reservations } from './reservations.ts'
import { Loans, onWire, type Stored, storedFrom } from './stored.ts'
import { CalledPort } from './waiters.ts'

/** What a call is answered: plain facts, and values as they are kept. */
export interface Answer {
  readonly facts: readonly unknown[]
  readonly values: readonly Stored[]
  /** What is kept no longer, once the answer has been given. */
  readonly leaving?: readonly Stored[]
}

/** What is to be done: its values are those that were sent with it, and those that were sent ahead of it. */
export interface Deed {
  readonly operation: string
  readonly args: readonly unknown[]
  readonly values: readonly Stored[]
}

/** What those are answered who contend and were not the first. */
const LOST: Answer = { facts: [false], values: [] }

/** An answer has about so many bytes of values at most, or one value; the rest is fetched. */
const PAGE = 1024 * 1024

/**
 * What a map, a list or a namespace has in common: values that are kept as bytes, a revision that grows with each
 * change, reservations of what several contend for, and news for those who watch.
 *
 * **Invariants** Each value's handles are retained once for each place in which it is kept. Whatever is answered is of
 * one moment: it holds all changes up to its revision, and none after it.
 */
export abstract class SharedState implements Primitive {
  /** Grows with each change. */
  revision = 0
  readonly hub: Keeper
  readonly reservations = new Reservations<SharedPort>()
  readonly #ports = new Set<SharedPort>()

  constructor(hub: Keeper) {
    this.hub = hub
  }

  connect(outlet: Outlet): Port {
    const port = new SharedPort(this, outlet)
    this.#ports.add(port)
    return port
  }

  dispose(): void {
    this.drop(this.kept())
  }

  left(port: SharedPort): void {
    this.#ports.delete(port)
    this.reservations.leave(port)
  }

  /** Which key an operation changes, or everything, or, if it changes nothing, undefined. */
  abstract changed(deed: Deed): string | typeof EVERYTHING | undefined
  /** @throws what the call is answered */
  abstract perform(deed: Deed): Answer | Promise<Answer>
  /** What becomes of `news`, which is empty at first, by that change. */
  abstract noteIn(news: Set<string>, what: string): void
  /** What those who watch are told. */
  abstract tell(news: ReadonlySet<string>): unknown
  protected abstract kept(): Iterable<Stored>

  protected keep(value: Stored): Stored {
    if (value.refs.length > 0) this.hub.retain(value.refs)
    return value
  }

  drop(values: Iterable<Stored>): void {
    for (const { refs } of values) if (refs.length > 0) this.hub.forgo(refs)
  }

  /** Something was changed. */
  protected touch(what: string): void {
    this.revision++
    for (const port of this.#ports) port.note(what)
  }
}

/** One peer's channel to a shared state. */
export class SharedPort extends CalledPort {
  readonly #state: SharedState
  readonly #outlet: Outlet
  readonly #loans: Loans
  /** Sent ahead of a call that has more values than fit in a frame. */
  #ahead: Stored[] = []
  /** What is left of long answers, by the number under which it is fetched. */
  readonly #rests = new Map<number, Rest>()
  #lastRest = 0
  #watch: 'off' | 'on' | 'telling' = 'off'
  #news = new Set<string>()

  constructor(state: SharedState, outlet: Outlet) {
    super()
    this.#state = state
    this.#outlet = outlet
    this.#loans = new Loans(state.hub)
  }

  call(operation: string, args: readonly unknown[], reply: Reply): void {
    switch (operation) {
      case 'reserve':
        return this.#state.reservations.reserve(text(args[2]), this, integer(args[0]), args[1] === true, reply)
      case 'free':
        return this.#plain(reply, () => this.#state.reservations.end(text(args[0]), this, integer(args[1])))
      case 'seen':
        return this.#plain(reply, () => this.#loans.seen(integer(args[0])))
      case 'more':
        return this.#sendMore(integer(args[0]), reply)
      case 'ahead':
        return this.#plain(reply, () => this.#takeAhead(args))
      case 'watch':
      case 'told':
        return this.#plain(reply, () => this.#goOnWatching())
      case 'unwatch':
        return this.#plain(reply, () => this.#unwatch())
      default:
        return this.#perform(operation, args, reply)
    }
  }

  cancel(_lane: number, ticket: number): void {
    this.#state.reservations.cancel(this, ticket)
  }

  release(): void {
    this.#state.left(this)
    this.#state.hub.forgo(this.#ahead.splice(0).flatMap(({ refs }) => refs))
    this.#rests.clear()
    this.#loans.clear()
  }

  note(what: string): void {
    if (this.#watch === 'off') return
    this.#state.noteIn(this.#news, what)
    if (this.#watch === 'on') this.#tell()
  }

  /** Its values may have to wait with it, and their handles must not be gone by then. */
  #perform(operation: string, [ticket, values, ...args]: readonly unknown[], reply: Reply): void {
    this.#takeAhead([values])
    const deed = { operation, args, values: this.#ahead.splice(0) }
    this.#attempt(deed, typeof ticket === 'number' ? ticket : undefined, reply)
  }

  #attempt(deed: Deed, ticket: number | undefined, reply: Reply): void {
    const { reservations, hub } = this.#state
    const changed = this.#state.changed(deed)
    const done = () => hub.forgo(deed.values.flatMap(({ refs }) => refs))
    const parked = {
      again: () => this.#attempt(deed, ticket, reply),
      drop: () => {
        done()
        reply.fail(new ValueError('the handle was let go'))
      },
    }
    const admission = changed === undefined ? 'admitted' : reservations.admit(changed, this, ticket, parked)
    if (admission === 'parked') return
    try {
      const answer = admission === 'lost' ? LOST : this.#state.perform(deed)
      if (answer instanceof Promise) return void this.#answerLater(answer, reply).finally(done)
      this.#answer(answer, reply)
      done()
    } catch (error) {
      done()
      if (error instanceof ProtocolError) throw error
      reply.fail(error as MillraceError)
    }
  }

  async #answerLater(answer: Promise<Answer>, reply: Reply): Promise<void> {
    try {
      this.#answer(await answer, reply)
    } catch (error) {
      failWith(error, reply)
    }
  }

  #answer({ facts, values, leaving }: Answer, reply: Reply): void {
    this.#sendPage({ facts, values, at: 0, loan: this.#loans.lend(values) }, reply)
    if (leaving !== undefined) this.#state.drop(leaving)
  }

  #sendMore(number: number, reply: Reply): void {
    const rest = this.#rests.get(number)
    if (rest === undefined) return reply.fail(new ValueError('nothing is left of that answer'))
    this.#rests.delete(number)
    this.#sendPage(rest, reply)
  }

  #sendPage({ facts, values, at, loan }: Rest, reply: Reply): void {
    let end = at
    for (let size = 0; end < values.length && (end === at || size + values[end]!.bytes.length <= PAGE); end++)
      size += values[end]!.bytes.length + 16
    let rest = 0
    if (end < values.length) {
      rest = ++this.#lastRest
      this.#rests.set(rest, { facts, values, at: end, loan })
    }
    reply.done([facts, values.slice(at, end).map(onWire), loan, rest])
  }

  #takeAhead([values]: readonly unknown[]): void {
    if (!Array.isArray(values)) throw new ProtocolError('a list of values was expected')
    for (const value of values) {
      const stored = storedFrom(value, this.#state.hub)
      this.#state.hub.retain(stored.refs)
      this.#ahead.push(stored)
    }
  }

  #goOnWatching(): void {
    this.#watch = 'on'
    if (this.#news.size > 0) this.#tell()
  }

  #unwatch(): void {
    this.#watch = 'off'
    this.#news.clear()
  }

  /** The next time is when the peer says that it was told: until then the changes gather here. */
  #tell(): void {
    this.#watch = 'telling'
    const news = this.#news
    this.#news = new Set()
    this.#outlet.notice([this.#state.revision, this.#state.tell(news)])
  }

  #plain(reply: Reply, act: () => void): void {
    act()
    reply.done(null)
  }
}

/** User code can throw what cannot travel. */
function failWith(error: unknown, reply: Reply): void {
  try {
    reply.fail(error as Error)
  } catch {
    reply.fail(new RemoteError(inWords(error), error instanceof Error ? error.name : typeof error))
  }
}

interface Rest extends Answer {
  readonly at: number
  readonly loan: number
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new ProtocolError('a text was expected')
  return value
}

export function integer(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new ProtocolError('an integer was expected')
  return value
}
