import type { Grip } from './pipe-grip.ts'
import type { SimProcess } from './sim-process.ts'
import type { World } from './world.ts'

/** A message, and what became of it. */
export interface Message {
  readonly id: number
  readonly sender: Grip
  /** Where it goes: into a stream, or into a mailbox, which lives as long as the world. */
  readonly to: StreamModel | undefined
  /** Its bytes wait at the hub to be fetched, and are handed out once, whatever becomes of who fetched them. */
  readonly moved: boolean
  /** The end that it carries, if it does. */
  readonly carries: EndModel | undefined
  /** `send` has resolved. */
  sent: boolean
  /** It was given up, or refused. */
  refused: boolean
  readonly receivers: SimProcess[]
}

/** Who can send one after the other: a handle, and what it became where it was handed over to. */
export class Lineage {
  readonly sent: Message[] = []
  /** How many of them have come so far. */
  came = 0
}

/** What goes one way, as its users see it. It knows nothing of how the hub works. */
export class StreamModel {
  readonly name: string
  readonly maxsize: number
  readonly maxbytes: number
  readonly messages: Message[] = []
  /** Who sends into it, and who receives from it. */
  source!: EndModel
  target!: EndModel
  readonly #world: World

  constructor(world: World, name: string, { maxsize, maxbytes }: { maxsize: number; maxbytes: number }) {
    this.#world = world
    this.name = name
    this.maxsize = maxsize
    this.maxbytes = maxbytes
  }

  sent(message: Message, { lineage }: Grip): void {
    if (message.sent) return
    message.sent = true
    lineage.sent.push(message)
    // One that is being fetched makes room before it has come, and so do those behind it.
    if (this.#hasMoved) return
    const under = this.messages.filter(isCertainlyUnder).length
    if (this.maxsize > 0 && under > this.maxsize && this.target.mayLive())
      this.#world.note('maxsize is exact', `${under} messages under way in ${this.name}, of ${this.maxsize}`)
  }

  received(message: Message, grip: Grip): void {
    const what = `${message.id} in ${this.name}, received by ${grip.process.name},`
    if (message.to !== this) return this.#world.note('nothing is lost', `${what} was sent elsewhere`)
    if (message.refused) return this.#world.note('a cancelled waiter takes nothing', `${what} was not to be sent`)
    const again = message.receivers.length > 0
    if (message.moved) this.#world.saw('bytes that were moved')
    if (message.receivers.some((other) => !isDoomed(other)))
      this.#world.note('nothing comes twice', `${what} was received by ${message.receivers[0]!.name} before`)
    message.receivers.push(grip.process)
    // Who waits for a message can have it before who sent it knows.
    this.sent(message, message.sender)
    if (!again) this.#checkOrder(message, what)
  }

  #checkOrder(message: Message, what: string): void {
    const { lineage } = message.sender
    const place = lineage.sent.indexOf(message)
    // Among several receivers the order is that of delegation.
    if (!this.target.copied && !this.#isBlurred && place !== lineage.came)
      this.#world.note('first in, first out', `${what} came as number ${lineage.came}, and was number ${place}`)
    lineage.came++
  }

  /** Messages that are there to be received, for certain. */
  get waiting(): Message[] {
    return this.#isBlurred ? [] : this.messages.filter(isCertainlyUnder)
  }

  /** Somebody may be fetching what was moved, and has not got it yet, or never will, nor what came to him behind it. */
  get #isBlurred(): boolean {
    const grips = [...this.target.grips]
    return this.#hasMoved && (grips.length > 1 || grips.some(({ process }) => isDoomed(process)))
  }

  get #hasMoved(): boolean {
    return this.messages.some(({ moved }) => moved)
  }

  /** Whether, for all one can tell, it is as full as it may be. */
  mayBeFull(): boolean {
    if (this.maxbytes > 0) return true
    return this.maxsize > 0 && this.messages.filter((each) => each.sent && mayBeUnder(each)).length >= this.maxsize
  }
}

/** One end of a pipe: who holds it. */
export class EndModel {
  readonly name: string
  readonly grips = new Set<Grip>()
  /** Messages that carried it. */
  readonly carriers: Message[] = []
  /** There were two handles of it at some time. */
  copied = false
  readonly incoming: StreamModel | undefined
  readonly outgoing: StreamModel | undefined

  constructor(name: string, incoming: StreamModel | undefined, outgoing: StreamModel | undefined) {
    this.name = name
    this.incoming = incoming
    this.outgoing = outgoing
    if (incoming !== undefined) incoming.target = this
    if (outgoing !== undefined) outgoing.source = this
  }

  /** Whether somebody holds it, for certain. */
  lives(): boolean {
    for (const grip of this.grips) if (grip.holds) return true
    return this.carriers.some((each) => isCertainlyUnder(each) && (each.to === undefined || each.to.target.lives()))
  }

  /** Whether somebody may hold it: what those who were killed did last can have happened, or not. */
  mayLive(): boolean {
    for (const grip of this.grips) if (grip.holds) return true
    return this.carriers.some((each) => mayBeUnder(each) && (each.to === undefined || each.to.target.mayLive()))
  }
}

/** It died, or lost its link, and so may have taken back what it did last. */
export function isDoomed(process: SimProcess): boolean {
  return isCut(process) && !process.exited
}

const cut = new WeakSet<SimProcess>()

/** The process and those whose links it carries do nothing more that anybody learns of. */
export function cutOff(process: SimProcess): void {
  cut.add(process)
  for (const child of process.carried) cutOff(child)
}

export function isCut(process: SimProcess): boolean {
  return cut.has(process) || !process.alive || !process.connected
}

/** Sent, and not received. */
function isCertainlyUnder({ sent, sender, receivers }: Message): boolean {
  return sent && receivers.length === 0 && !isDoomed(sender.process)
}

function mayBeUnder({ refused, receivers }: Message): boolean {
  return !refused && receivers.every(isDoomed)
}
