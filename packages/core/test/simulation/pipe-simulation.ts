import type { Connection } from '../../src/connection.ts'
import { HANDLE } from '../../src/handle.ts'
import { Hub } from '../../src/hub.ts'
import type { WaitOptions } from '../../src/lessee.ts'
import { Pipe } from '../../src/pipe.ts'
import { Queue } from '../../src/queue.ts'
import { Turn } from '../../src/turn.ts'
import { inContext } from '../in-context.ts'
import type { Random } from '../random.ts'
import { waitOptions } from './cancellation.ts'
import { ExchangeOffice } from './exchange-office.ts'
import { type Violation, violationOf } from './invariants.ts'
import { itemOf } from './item.ts'
import { Grip, type PendingOnPipe } from './pipe-grip.ts'
import { cutOff, EndModel, isCut, type Lineage, type Message, StreamModel } from './pipe-model.ts'
import { childProcess, grandchildProcess, rootProcess, type SimProcess } from './sim-process.ts'
import type { WireNature } from './wire.ts'
import { type Owner, VirtualClock, World } from './world.ts'

/** Runs one seed from beginning to end; undefined if every invariant held. */
export function simulatePipes(
  seed: number,
  trace?: (line: string) => void,
  directly = false,
): Promise<Violation | undefined> {
  return violationOf(() => playPipes(seed, trace, directly))
}

/** As `simulatePipes`, but throws the violation, and tells what happened how often. */
export async function playPipes(
  seed: number,
  trace?: (line: string) => void,
  directly = false,
): Promise<ReadonlyMap<string, number>> {
  const simulation = new PipeSimulation(seed, directly, trace)
  await simulation.run()
  return simulation.world.seen
}

interface Letter {
  readonly id: number
  readonly connection: Connection
}

/**
 * Processes that send each other messages over pipes, hand the ends of pipes around, in messages and by mail, copy and
 * close them, and die. Everything goes over wires, late and in pieces, and is held against what the users know.
 *
 *     user ── Grip ── Connection ── Context ── Link ── Wire ~~~ Wire ── Link ── Peer ── pipe
 *               └── EndModel, StreamModel
 */
class PipeSimulation {
  readonly world: World
  readonly #random: Random
  readonly #hub: Hub
  readonly #host: Owner = { name: 'hub', alive: true }
  readonly #nature: WireNature
  readonly #office: ExchangeOffice
  readonly #directly: boolean
  readonly #processes: SimProcess[] = []
  /** What each process receives its mail through, as the others know it. */
  readonly #mail = new Map<SimProcess, Queue<Letter>>()
  readonly #letters = new Map<number, Message>()
  readonly #ends = new Map<string, EndModel>()
  /** Pipes in the order in which they were made: one is carried by those before it alone, so that there is no circle. */
  readonly #age = new Map<EndModel, number>()
  readonly #grips: Grip[] = []
  readonly #pending = new Set<PendingOnPipe>()
  readonly #large: boolean
  /** How many bytes pipes may hold. */
  readonly #bytes: readonly number[]
  /** Whether some messages have bytes that are moved. */
  readonly #moves: boolean
  #lastId = 1000
  #deaths = 0

  /** @param directly whether holders may speak to each other without the hub */
  constructor(seed: number, directly: boolean, trace?: (line: string) => void) {
    this.world = new World(seed, trace)
    this.#random = this.world.random
    this.#hub = new Hub(new Turn(new VirtualClock(this.world, this.#host, 0.001)))
    const random = this.#random
    const least = random.pick([0.001, 0.05, 0.5])
    this.#nature = {
      delay: [least, least + random.pick([0.001, 0.2, 3])],
      cut: random.pick([0, 0.2, 0.8]),
      highWater: random.pick([20, 300, 5_000, 1e9]),
    }
    this.#directly = directly
    this.#office = new ExchangeOffice(this.world, this.#nature)
    this.#hub.directAfter = directly ? random.pick([1, 1, 3, 10]) : Number.POSITIVE_INFINITY
    this.#bytes = directly ? [100, 400, 20_000, 4_000_000, 4_000_000] : [20, 100, 400, 20_000]
    this.#large = random.chance(0.2)
    this.#moves = random.chance(0.3)
  }

  async run(): Promise<void> {
    const random = this.#random
    await this.#start()
    const span = random.pick([2, 10, 40])
    for (let i = random.between(10, this.#directly ? 150 : 50); i > 0; i--)
      this.world.at(random.next() * span, undefined, () => this.#act())
    if (random.chance(0.6))
      for (let i = random.between(1, 2); i > 0; i--)
        this.world.at(random.next() * span * 1.2, undefined, () => this.#endOne())
    await this.world.rest()
    this.#checkAtRest()
    await this.#drain()
    await this.#closeAll()
    await this.#endAll()
  }

  async #start(): Promise<void> {
    const random = this.#random
    this.#processes.push(rootProcess(this.world, this.#hub, this.#clockCost()))
    for (let i = random.between(this.#directly ? 2 : 1, 3); i > 0; i--) {
      const parent = random.pick(this.#processes)
      if (parent.name !== '0' && random.chance(0.2)) this.#startGrandchild(parent)
      else this.#startChild()
    }
    const root = this.#processes[0]!
    for (const process of this.#processes)
      if (process !== root) process.context.connector = this.#office.connectorFor(process)
    for (const process of this.#processes)
      this.#mail.set(
        process,
        inContext(root.context, () => new Queue<Letter>()),
      )
    for (let i = random.between(1, 3); i > 0; i--) this.#makePipe()
    await this.world.rest()
    for (const process of this.#processes) this.#readMail(process)
    if (this.#directly) for (const grip of [...this.#grips]) this.#mailAway(grip, random.pick(this.#processes.slice(1)))
    await this.world.rest()
  }

  #startChild(): void {
    const name = `0.${this.#processes.length}`
    this.#processes.push(childProcess(this.world, this.#hub, this.#host, name, this.#nature, this.#clockCost()))
  }

  #startGrandchild(parent: SimProcess): void {
    const name = `${parent.name}.${parent.carried.length + 1}`
    this.#processes.push(grandchildProcess(this.world, parent, name, this.#nature, this.#clockCost()))
  }

  #clockCost(): number {
    return this.#random.pick([0.0005, 0.005, 0.05, 0.6])
  }

  #makePipe(): void {
    const random = this.#random
    const process = random.pick(this.#processes.filter((each) => !isCut(each)))
    const duplex = random.chance(0.6)
    const bounds = {
      maxsize: random.pick([1, 1, 2, 3, 8, 40, 0]),
      maxbytes: random.chance(0.25) || this.#hub.directAfter < 1e9 ? random.pick(this.#bytes) : 0,
    }
    const pair = inContext(process.context, () => Pipe({ duplex: duplex as true, ...bounds }))
    const { id } = pair[0][HANDLE]
    this.world.trace(() => `${process.name} makes ${id}: ${duplex ? 'duplex ' : ''}${JSON.stringify(bounds)}`)
    const toNear = new StreamModel(this.world, `${id}<`, bounds)
    const toFar = duplex ? new StreamModel(this.world, `${id}>`, bounds) : undefined
    const ends = [new EndModel(id, toNear, toFar), new EndModel(`${id}/other`, toFar, toNear)]
    for (const [i, end] of ends.entries()) {
      this.#ends.set(end.name, end)
      this.#age.set(end, this.#ends.size - i)
      this.#grip(process, pair[i]!, end)
    }
  }

  #grip(process: SimProcess, connection: Connection, end: EndModel, lineage?: Lineage): Grip {
    const grip = new Grip(this.world, process, connection, end, this.#pending, lineage)
    this.#grips.push(grip)
    return grip
  }

  /** One thing that somebody does. */
  #act(): void {
    const random = this.#random
    const usable = this.#grips.filter((grip) => grip.holds && grip.leaving === 0)
    if (usable.length === 0) return
    const grip = random.pick(usable)
    // Who speaks directly does so for a while.
    const roll = this.#directly && random.chance(0.6) ? random.next() * 0.7 : random.next()
    const count = random.pick([1, 1, 2, 3, 5, 12, 40])
    if (roll < 0.34) this.#send(grip, count)
    else if (roll < 0.7) this.#receive(grip, count)
    else if (roll < 0.74) this.#look(grip)
    else if (roll < 0.78) this.#waitForSome(grip)
    else if (roll < 0.82) this.#grips.push(grip.copy())
    else if (roll < 0.87) this.#close(grip)
    else if (roll < 0.95) this.#mailAway(grip)
    else if (roll < 0.99) this.#sendAway(grip)
    else this.#makePipe()
  }

  #send(grip: Grip, count: number): void {
    if (!grip.canSend) return
    if (this.#random.chance(0.5)) for (let i = 0; i < count; i++) void this.#sendOne(grip)
    else void this.#sendInTurn(grip, count)
  }

  async #sendInTurn(grip: Grip, count: number): Promise<void> {
    for (let i = 0; i < count && grip.canSend && grip.leaving === 0; i++) if (!(await this.#sendOne(grip))) return
  }

  #sendOne(grip: Grip): Promise<boolean> {
    const options = this.#options(grip)
    if (!this.#moves || this.#random.chance(0.5)) return grip.send(this.#message(), options)
    const message = { id: ++this.#lastId, bytes: new Uint8Array(this.#random.pick([1, 20, 5_000])) }
    return grip.send(message, { ...options, transfer: true })
  }

  #receive(grip: Grip, count: number): void {
    if (!grip.canReceive) return
    if (this.#random.chance(0.5)) for (let i = 0; i < count; i++) void this.#receiveOne(grip, this.#options(grip))
    else void this.#receiveInTurn(grip, count)
  }

  async #receiveInTurn(grip: Grip, count: number): Promise<void> {
    for (let i = 0; i < count && grip.canReceive && grip.leaving === 0; i++)
      if ((await this.#receiveOne(grip, this.#options(grip))) === undefined) return
  }

  /** A connection in a message is in this user's hands from then on. */
  async #receiveOne(grip: Grip, options: WaitOptions): Promise<unknown> {
    const value = await grip.recv(options)
    if (typeof value === 'object' && value !== null && 'connection' in value)
      this.#arrived(grip.process, value as Letter, grip.end.incoming!.messages)
    return value
  }

  #arrived(process: SimProcess, { id, connection }: Letter, messages: Iterable<Message>): void {
    const message = [...messages].find((each) => each.id === id)!
    this.world.saw('an end in a message')
    this.#grip(process, connection, message.carries!, lineageOf(message))
  }

  #look(grip: Grip): void {
    if (grip.canReceive) void grip.poll(this.#random.chance(0.5) ? {} : { ...this.#options(grip), timeout: 4 })
  }

  #waitForSome(grip: Grip): void {
    const others = this.#grips.filter(
      (other) => other.process === grip.process && other !== grip && other.canReceive && other.leaving === 0,
    )
    if (!grip.canReceive) return
    void grip.wait(this.#random.chance(0.5) ? others : [], this.#options(grip)).then((ready) => {
      for (const each of ready) if (each.canReceive && each.leaving === 0) void this.#receiveOne(each, { timeout: 0 })
    })
  }

  #close(grip: Grip): void {
    this.world.trace(() => `${grip.process.name} closes ${grip.end.name}`)
    grip.close()
  }

  /** Hands a connection over through the mailbox of another process, or its own. */
  #mailAway(grip: Grip, receiver = this.#random.pick(this.#processes)): void {
    const { process } = grip
    const mail = this.#mail.get(receiver)!
    const { kind, id, options } = mail[HANDLE]
    const box = process.context.handle(kind, id, options) as Queue<Letter>
    const letter = { id: ++this.#lastId, connection: grip.connection }
    const message = grip.newMessage(letter.id, undefined, grip.end)
    this.#letters.set(letter.id, message)
    handOver(grip, message)
    this.world.trace(() => `${process.name} mails ${grip.end.name} to ${receiver.name}`)
    void box.put(letter).then(
      () => {
        this.world.activity++
        message.sent = true
        grip.gone = true
      },
      () => {
        this.world.activity++
        grip.leaving--
      },
    )
    grip.leaving++
  }

  /** Hands a connection over in a message of another pipe, perhaps for as long as there is room in time. */
  #sendAway(grip: Grip): void {
    const carriers = this.#grips.filter(
      (other) =>
        other.process === grip.process &&
        other.canSend &&
        other.leaving === 0 &&
        this.#age.get(other.end)! < this.#age.get(grip.end)!,
    )
    if (carriers.length === 0) return
    const carrier = this.#random.pick(carriers)
    const letter = { id: ++this.#lastId, connection: grip.connection }
    const options = this.#options(carrier)
    this.world.trace(() => `${grip.process.name} sends ${grip.end.name} through ${carrier.end.name}`)
    const sent = carrier.send(letter, options, grip.end)
    handOver(grip, carrier.end.outgoing!.messages.at(-1)!)
    grip.leaving++
    void sent.then((went) => {
      if (went) grip.gone = true
      else grip.leaving--
    })
  }

  #readMail(process: SimProcess): void {
    const { kind, id, options } = this.#mail.get(process)![HANDLE]
    const box = process.context.handle(kind, id, options) as Queue<Letter>
    const next = (): void =>
      void box.get().then(
        (letter) => {
          this.world.activity++
          const message = this.#letters.get(letter.id)!
          message.sent = true
          message.receivers.push(process)
          this.#arrived(process, letter, [message])
          next()
        },
        () => {
          this.world.activity++
        },
      )
    next()
  }

  #message(): unknown {
    return itemOf(++this.#lastId, this.#random, this.#large)
  }

  #options({ process }: Grip): WaitOptions {
    return waitOptions(this.#random, (ms, abort) => this.world.at(ms, process, abort))
  }

  /** Somebody dies, ends or is cut off. */
  #endOne(): void {
    const mortal = this.#processes.filter((process) => process.name !== '0' && !isCut(process))
    if (mortal.length === 0) return
    this.#deaths++
    const process = this.#random.pick(mortal)
    cutOff(process)
    const roll = this.#random.next()
    if (roll < 0.6) process.die()
    else if (roll < 0.8) process.exit()
    else process.unplug()
  }

  /** Nothing more will happen by itself: whoever still waits has to have a reason. */
  #checkAtRest(): void {
    for (const { kind, grips, options, began } of this.#pending) {
      const { process } = grips[0]!
      if (!process.alive) continue
      const what = `${kind} of ${process.name} on ${grips.map(({ end }) => end.name)}, begun at ${began.toFixed(3)} ms,`
      const fail = (why: string) => this.world.fail('every operation settles', `${what} waits ${why}`)
      if (!process.connected) fail('though the link is gone')
      if (options.timeout !== undefined) fail(`beyond ${options.timeout} ms`)
      if (options.signal?.aborted) fail('though it was cancelled')
      for (const { end, gone } of grips) {
        if (gone && kind !== 'send') fail('though the connection is gone')
        if (kind === 'send') {
          const stream = end.outgoing!
          if (!stream.mayBeFull()) fail('though there is room')
          if (!stream.target.mayLive()) fail('though nobody can receive it')
        } else {
          const { source, waiting } = end.incoming!
          if (waiting.length > 0) fail(`though there are ${waiting.length} messages, such as ${waiting[0]!.id}`)
          if (!source.mayLive()) fail('though nobody can send any more')
        }
      }
    }
  }

  /** Everybody takes what there is, until nothing more comes. */
  async #drain(): Promise<void> {
    for (let taken = 1; taken > 0; ) {
      taken = 0
      for (const grip of [...this.#grips]) {
        if (!grip.canReceive || grip.leaving > 0) continue
        const next = (): void =>
          void this.#receiveOne(grip, { timeout: 0 }).then((value) => {
            if (value === undefined) return
            taken++
            next()
          })
        next()
        await this.world.rest()
      }
      this.#checkAtRest()
    }
    for (const { incoming } of this.#ends.values()) {
      if (![...(incoming?.target.grips ?? [])].some((grip) => grip.canReceive && grip.leaving === 0)) continue
      const { waiting, name } = incoming!
      if (waiting.length > 0) this.world.fail('nothing is lost', `nobody gets ${waiting.length} messages of ${name}`)
    }
  }

  /** Then the hub keeps nothing but the mailboxes, and nothing waits, but for what may be in those of the dead. */
  async #closeAll(): Promise<void> {
    while (this.#grips.some((grip) => grip.holds)) {
      const open = this.#grips.filter((grip) => grip.holds)
      this.#close(this.#random.pick(open))
      if (this.#random.chance(0.5)) await this.world.rest()
    }
    await this.world.rest()
    this.#checkAtRest()
    if (this.#deaths === 0 && this.#hub.size !== this.#mail.size)
      this.world.fail('nothing remains', `${this.#hub.size - this.#mail.size} ends are left that nobody holds`)
  }

  async #endAll(): Promise<void> {
    for (const process of this.#processes.toReversed()) {
      cutOff(process)
      if (process.name === '0') process.context.link.close()
      else if (process.alive) process.unplug()
    }
    await this.world.rest()
    if (this.#hub.size > 0)
      this.world.fail('nothing remains', `${this.#hub.size} primitives are left after the last process`)
  }
}

/** Whoever has it next continues the line, if nothing of it waits for room any more. */
const continued = new WeakMap<Message, Lineage>()

function handOver(grip: Grip, message: Message): void {
  if (grip.sending === 0) continued.set(message, grip.lineage)
}

function lineageOf(message: Message): Lineage | undefined {
  return message.receivers.length > 1 ? undefined : continued.get(message)
}
