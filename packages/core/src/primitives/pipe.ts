import { ProtocolError, ValueError } from '../errors.ts'
import type { Keeper, Outlet, Port, Primitive, Reply } from './primitive.ts'
import { FETCH, ITEMS, type QueuePort, QueuePrimitive, type QueueState, SLOTS } from './queue.ts'
import type { Run } from './runs.ts'
import { Shortcut, SYNC, type Traveller } from './shortcut.ts'

/** What the holders of an end are told: everything from the other end was received, or nobody is left to send to. */
export const ENDED = 'ended'
export const BROKEN = 'broken'
/** What a holder calls before it hands the end on: it receives no more, and what is on its way to it is for the next. */
export const HAND_OVER = 'handOver'
/** What a holder calls that closed and whose sends still wait for room: it receives no more, and holds the end no more. */
export const LEAVE = 'leave'

export interface PipeState extends QueueState {
  readonly duplex: boolean
}

/**
 * A pipe: two ends, each a primitive with holders of its own, and a queue for each way in which messages go.
 *
 *     holders of `near` ──> stream ──> holders of `far`
 *                       <── stream <──                     (duplex only)
 *
 * **Invariants** An end is gone when no context holds it and no message on its way does. From then on nobody sends
 * into one stream: its receivers are told once it is empty, whoever took the last message. And nobody takes from the
 * other: its senders are told at once, and what is in it is dropped. A holder that has left counts no more, or two who
 * wait for room and have closed would wait for each other; but the end of file comes behind what it still sends.
 *
 * **Fairness, cancellation, death** are those of `lease.ts`; what is lent to one holder of an end and not received
 * goes back in order and to the next holder, so an end can be handed on at any time.
 *
 * @param ids what the hub knows the ends by; the first one holds the second one until somebody has opened that
 * @returns the two ends; without `duplex` the first one receives and the second one sends, as in Python
 */
export function pipeEnds(
  { duplex, ...bounds }: PipeState,
  hub: Keeper,
  [nearId, farId]: readonly [near: string, far: string],
): [PipeEnd, PipeEnd] {
  const toNear = new Stream(bounds, hub)
  const toFar = duplex ? new Stream(bounds, hub) : undefined
  // Who is told of a bound on bytes knows what each slot is good for: that is what keeps what is under way short.
  const able = bounds.maxbytes > 0
  const shortcut = able ? new Shortcut(hub, [nearId, farId], [toNear, toFar]) : undefined
  let held = true
  const letGo = () => {
    if (held) hub.forgo([farId])
    held = false
  }
  return [
    new PipeEnd(0, toNear, toFar, shortcut, {
      letGo: () => hub.forgo([nearId]),
      keep: () => hub.retain([nearId]),
      gone: letGo,
    }),
    new PipeEnd(1, toFar, toNear, shortcut, {
      letGo: () => hub.forgo([farId]),
      keep: () => hub.retain([farId]),
      opened: letGo,
    }),
  ]
}

/** Messages one way. */
class Stream extends QueuePrimitive {
  readonly #receivers = new Set<Outlet>()
  readonly #senders = new Set<Outlet>()
  #ended = false
  #broken = false
  /** It is paused only until its recalls are answered. */
  #resumes = false

  addReceiver(outlet: Outlet): void {
    this.#receivers.add(outlet)
    if (this.#drained) outlet.notice(ENDED)
  }

  addSender(outlet: Outlet): void {
    this.#senders.add(outlet)
    if (this.#broken) outlet.notice(BROKEN)
  }

  removeReceiver(outlet: Outlet): void {
    this.#receivers.delete(outlet)
  }

  removeSender(outlet: Outlet): void {
    this.#senders.delete(outlet)
  }

  /** Nobody can send any more. */
  end(): void {
    this.#ended = true
    this.#tellIfDrained()
  }

  /** Nobody can receive any more. */
  break(): void {
    this.#broken = true
    this.dispose()
    for (const sender of this.#senders) sender.notice(BROKEN)
  }

  override accept(run: Run): void {
    if (this.#broken) this.forgoRefs(run)
    else super.accept(run)
  }

  /** Also by one who has died, and had fetched what was moved: that is not handed out again. */
  protected override taken(port: QueuePort, run: Run): void {
    super.taken(port, run)
    this.#tellIfDrained()
  }

  /** Whether everything in it has no refs and no blocks: it can be had without the hub. */
  get plain(): boolean {
    return this.store.plain
  }

  pause(): void {
    this.#resumes = false
    this.slots.pause()
    this.items.pause()
  }

  get settled(): boolean {
    return this.slots.settled && this.items.settled
  }

  forgetAll(): void {
    this.slots.forgetAll()
    this.items.forgetAll()
  }

  /** Goes on; with what was recalled only once it has come back, lest newer messages overtake it. */
  resume(): void {
    this.#resumes = true
    this.slots.resume()
    this.resumeIfSettled()
  }

  resumeIfSettled(): void {
    if (!this.#resumes) return
    // Who gives back unasked, on closing, is taken to have answered, and may have more to give back.
    this.items.pause()
    if (!this.items.settled) return
    this.#resumes = false
    // Before whoever does not wait is told that there is nothing.
    if (this.#ended && this.length === 0) this.#tellReceivers()
    this.items.resume()
  }

  override regain(run: Run): void {
    if (!this.#broken) super.regain(run)
  }

  /** While it is paused, what was sent may be elsewhere. */
  get #drained(): boolean {
    return this.#ended && this.length === 0 && !this.items.paused
  }

  #tellIfDrained(): void {
    if (this.#drained) this.#tellReceivers()
  }

  #tellReceivers(): void {
    for (const receiver of this.#receivers) receiver.notice(ENDED)
  }
}

/** What an end has to say to those who keep it. */
interface EndKeeper {
  /** Somebody holds it no more who is still connected. */
  letGo(): void
  /** He is connected no more: for the hub that is who lets go. */
  keep(): void
  opened?(): void
  gone?(): void
}

class PipeEnd implements Primitive {
  /** What the holders of this end receive from, if they can. */
  readonly #incoming: Stream | undefined
  /** What they send into, if they can. */
  readonly #outgoing: Stream | undefined
  readonly #keeper: EndKeeper
  readonly number: 0 | 1
  readonly shortcut: Shortcut | undefined
  /** Those who have left and are not through with sending. */
  readonly #leaving = new Set<PipePort>()
  #gone = false

  constructor(
    number: 0 | 1,
    incoming: Stream | undefined,
    outgoing: Stream | undefined,
    shortcut: Shortcut | undefined,
    keeper: EndKeeper,
  ) {
    this.number = number
    this.shortcut = shortcut
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#keeper = keeper
  }

  connect(outlet: Outlet): Port {
    this.#keeper.opened?.()
    const port = new PipePort(this, outlet, this.#incoming, this.#outgoing)
    this.shortcut?.joined(port)
    return port
  }

  /** Nobody holds this end any more, and no message on its way does. */
  dispose(): void {
    this.#gone = true
    this.#incoming?.break()
    this.#endIfLeft()
    this.#keeper.gone?.()
  }

  leaves(port: PipePort): void {
    this.#leaving.add(port)
    this.#keeper.letGo()
  }

  left(port: PipePort): void {
    if (!this.#leaving.delete(port)) return
    this.#keeper.keep()
    this.#endIfLeft()
  }

  #endIfLeft(): void {
    if (this.#gone && this.#leaving.size === 0) this.#outgoing?.end()
  }
}

/** One holder of an end: a port of each of its streams. */
class PipePort implements Port, Traveller {
  readonly #end: PipeEnd
  readonly outlet: Outlet
  readonly #incoming: Stream | undefined
  readonly #outgoing: Stream | undefined
  readonly #in: QueuePort | undefined
  readonly #out: QueuePort | undefined
  #receives = true
  /** It holds the end no more. */
  #left = false
  crossing: readonly Run[] | undefined

  constructor(end: PipeEnd, outlet: Outlet, incoming: Stream | undefined, outgoing: Stream | undefined) {
    this.#end = end
    this.outlet = outlet
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#in = incoming?.connect(outlet)
    this.#out = outgoing?.connect(outlet)
    incoming?.addReceiver(outlet)
    outgoing?.addSender(outlet)
  }

  ask(lane: number, id: number, count: number, cost: number, nowait: boolean, window: number): void {
    if (this.crossing !== undefined) return
    if (nowait) this.#end.shortcut?.impatient()
    this.#lane(lane)?.ask(lane, id, count, cost, nowait, window)
  }

  cancel(lane: number, id: number): void {
    if (this.crossing === undefined) this.#lane(lane)?.cancel(lane, id)
  }

  put(run: Run): void {
    this.#lane(SLOTS)?.put(run)
    this.#end.shortcut?.moved(run.count)
  }

  spent(lane: number, count: number, window: number, idle: boolean): void {
    this.#lane(lane)?.spent(lane, count, window, idle)
    this.#incoming?.resumeIfSettled()
    this.#end.shortcut?.moved(0)
  }

  returned(lane: number, count: number, cost: number, window: number): void {
    // Who closes gives back what it holds of either lane, also of the one that it does not have.
    if (count === 0 && this.#port(lane) === undefined) return
    this.#lane(lane)?.returned(lane, count, cost, window)
    this.#incoming?.resumeIfSettled()
    this.#end.shortcut?.moved(0)
  }

  putBack(run: Run): void {
    if (this.#end.shortcut?.isAway(this) !== true) throw new ProtocolError('nothing had left that could come back')
    this.#incoming?.regain(run)
  }

  ack(_number: number): void {
    throw new ProtocolError('only a JoinableQueue has anything to be done with')
  }

  call(operation: string, args: readonly unknown[], reply: Reply): void {
    if (operation === FETCH && this.#in !== undefined) return this.#in.call(operation, args, reply)
    if (operation === HAND_OVER) this.#receiveNoMore()
    else if (operation === LEAVE) this.#leave()
    else if (operation !== SYNC && this.#end.shortcut?.called(this, operation, args) !== true)
      return reply.fail(new ValueError(`a connection has no operation ${operation}`))
    reply.done(null)
  }

  get incoming(): Stream | undefined {
    return this.#incoming
  }

  get number(): 0 | 1 {
    return this.#end.number
  }

  get receives(): boolean {
    return this.#receives
  }

  release(): void {
    this.#receiveNoMore()
    this.#outgoing?.removeSender(this.outlet)
    this.#out?.release()
    this.#end.left(this)
  }

  released(): void {
    this.#incoming?.resumeIfSettled()
    this.#end.shortcut?.parted(this)
  }

  #leave(): void {
    if (this.#left) return
    this.#left = true
    this.#receiveNoMore()
    this.#end.leaves(this)
  }

  #receiveNoMore(): void {
    if (!this.#receives) return
    this.#receives = false
    this.#incoming?.removeReceiver(this.outlet)
    this.#in?.release()
  }

  #port(lane: number): QueuePort | undefined {
    return lane === SLOTS ? this.#out : lane === ITEMS ? this.#in : undefined
  }

  /** Undefined: what came meanwhile for one who receives no more, and is given back, was taken back already. */
  #lane(lane: number): QueuePort | undefined {
    const port = this.#port(lane)
    if (port === undefined) throw new ProtocolError(`this end of the pipe has no lane ${lane}`)
    return lane === ITEMS && !this.#receives ? undefined : port
  }
}
