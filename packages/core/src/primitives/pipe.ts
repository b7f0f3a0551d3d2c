import { ProtocolError, ValueError } from '../errors.ts'
import type { Keeper, Outlet, Port, Primitive, Reply } from './primitive.ts'
import { FETCH, ITEMS, type QueuePort, QueuePrimitive, type QueueState, SLOTS } from './queue.ts'
import type { Run } from './runs.ts'

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
  let held = true
  const letGo = () => {
    if (held) hub.forgo([farId])
    held = false
  }
  return [
    new PipeEnd(toNear, toFar, { letGo: () => hub.forgo([nearId]), keep: () => hub.retain([nearId]), gone: letGo }),
    new PipeEnd(toFar, toNear, { letGo: () => hub.forgo([farId]), keep: () => hub.retain([farId]), opened: letGo }),
  ]
}

/** Messages one way. */
class Stream extends QueuePrimitive {
  readonly #receivers = new Set<Outlet>()
  readonly #senders = new Set<Outlet>()
  #ended = false
  #broken = false

  addReceiver(outlet: Outlet): void {
    this.#receivers.add(outlet)
    if (this.#ended && this.length === 0) outlet.notice(ENDED)
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

  #tellIfDrained(): void {
    if (this.#ended && this.length === 0) for (const receiver of this.#receivers) receiver.notice(ENDED)
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
  /** Those who have left and are not through with sending. */
  readonly #leaving = new Set<PipePort>()
  #gone = false

  constructor(incoming: Stream | undefined, outgoing: Stream | undefined, keeper: EndKeeper) {
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#keeper = keeper
  }

  connect(outlet: Outlet): Port {
    this.#keeper.opened?.()
    return new PipePort(this, outlet, this.#incoming, this.#outgoing)
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
class PipePort implements Port {
  readonly #end: PipeEnd
  readonly #outlet: Outlet
  readonly #incoming: Stream | undefined
  readonly #outgoing: Stream | undefined
  readonly #in: QueuePort | undefined
  readonly #out: QueuePort | undefined
  #receives = true
  /** It holds the end no more. */
  #left = false

  constructor(end: PipeEnd, outlet: Outlet, incoming: Stream | undefined, outgoing: Stream | undefined) {
    this.#end = end
    this.#outlet = outlet
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#in = incoming?.connect(outlet)
    this.#out = outgoing?.connect(outlet)
    incoming?.addReceiver(outlet)
    outgoing?.addSender(outlet)
  }

  ask(lane: number, id: number, count: number, cost: number, nowait: boolean, window: number): void {
    this.#lane(lane)?.ask(lane, id, count, cost, nowait, window)
  }

  cancel(lane: number, id: number): void {
    this.#lane(lane)?.cancel(lane, id)
  }

  put(run: Run): void {
    this.#lane(SLOTS)?.put(run)
  }

  spent(lane: number, count: number, window: number): void {
    this.#lane(lane)?.spent(lane, count, window)
  }

  returned(lane: number, count: number, cost: number, window: number): void {
    // Who closes gives back what it holds of either lane, also of the one that it does not have.
    if (count === 0 && this.#port(lane) === undefined) return
    this.#lane(lane)?.returned(lane, count, cost, window)
  }

  ack(_number: number): void {
    throw new ProtocolError('only a JoinableQueue has anything to be done with')
  }

  call(operation: string, args: readonly unknown[], reply: Reply): void {
    if (operation === FETCH && this.#in !== undefined) return this.#in.call(operation, args, reply)
    if (operation === HAND_OVER) this.#receiveNoMore()
    else if (operation === LEAVE) this.#leave()
    else return reply.fail(new ValueError(`a connection has no operation ${operation}`))
    reply.done(null)
  }

  release(): void {
    this.#receiveNoMore()
    this.#outgoing?.removeSender(this.#outlet)
    this.#out?.release()
    this.#end.left(this)
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
    this.#incoming?.removeReceiver(this.#outlet)
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
