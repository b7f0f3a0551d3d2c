import type { Connection } from '../../src/connection.ts'
import {
  BrokenPipeError,
  ClosedError,
  DisconnectedError,
  EmptyError,
  EndOfFileError,
  FullError,
  ValueError,
} from '../../src/errors.ts'
import type { WaitOptions } from '../../src/lessee.ts'
import type { PutOptions } from '../../src/outbox.ts'
import { wait } from '../../src/waiting.ts'
import { idOf } from './item.ts'
import { type EndModel, isCut, Lineage, type Message } from './pipe-model.ts'
import type { SimProcess } from './sim-process.ts'
import type { World } from './world.ts'

export interface PendingOnPipe {
  readonly kind: 'send' | 'recv' | 'poll' | 'wait'
  readonly grips: readonly Grip[]
  readonly options: WaitOptions
  readonly began: number
}

/** A connection in a user's hands: what it promised, and whether it kept it. */
export class Grip {
  readonly process: SimProcess
  readonly connection: Connection
  readonly end: EndModel
  readonly lineage: Lineage
  /** Who waits for a message. One that has to be fetched comes later than the next, but was received before it. */
  readonly #line: Array<{ over?: () => void }> = []
  /** It was closed, or handed over. */
  gone = false
  /** Sends that were not settled. */
  sending = 0
  /** Messages that wait for room with this connection in them: none or one. */
  leaving = 0
  readonly #world: World
  readonly #pending: Set<PendingOnPipe>

  constructor(
    world: World,
    process: SimProcess,
    connection: Connection,
    end: EndModel,
    pending: Set<PendingOnPipe>,
    lineage = new Lineage(),
  ) {
    this.#world = world
    this.process = process
    this.connection = connection
    this.end = end
    this.#pending = pending
    this.lineage = lineage
    if (end.grips.size > 0 && [...end.grips].some((grip) => grip.holds)) end.copied = true
    end.grips.add(this)
  }

  /** It keeps its end alive, and can be used. */
  get holds(): boolean {
    return !this.gone && !isCut(this.process)
  }

  get canSend(): boolean {
    return this.holds && this.end.outgoing !== undefined
  }

  get canReceive(): boolean {
    return this.holds && this.end.incoming !== undefined
  }

  /** Resolves to whether it was sent. */
  async send(value: unknown, options: PutOptions, carries?: EndModel): Promise<boolean> {
    const stream = this.end.outgoing!
    const message = this.newMessage(idOf(value), stream, carries, options.transfer === true)
    stream.messages.push(message)
    this.sending++
    const error = await this.#track('send', options, () => this.connection.send(value, options))
    this.sending--
    if (error === undefined) {
      stream.sent(message, this)
      return true
    }
    // The link broke, and nobody can tell what had left before.
    if (!(error.reason instanceof DisconnectedError)) message.refused = true
    if (error.reason instanceof BrokenPipeError && stream.target.lives())
      this.#world.note('the end of file is exact', `${stream.name} is broken though ${stream.target.name} lives`)
    return false
  }

  /** A message from here; `to` is undefined for a mailbox. */
  newMessage(id: number, to: Message['to'], carries?: EndModel, moved = false): Message {
    const message: Message = { id, sender: this, to, carries, moved, sent: false, refused: false, receivers: [] }
    carries?.carriers.push(message)
    return message
  }

  /** Resolves with a message, or with undefined if none came. */
  async recv(options: WaitOptions): Promise<unknown> {
    let value: unknown
    const turn: { over?: () => void } = {}
    this.#line.push(turn)
    const over = (tell: () => void) => {
      turn.over = tell
      while (this.#line[0]?.over !== undefined) this.#line.shift()!.over!()
    }
    const receive = () =>
      this.connection.recv(options).then(
        (received) => {
          value = received
          over(() => this.#received(received))
        },
        (reason) => {
          over(() => reason instanceof EndOfFileError && this.#checkEnd())
          throw reason
        },
      )
    await this.#track('recv', options, receive)
    return value
  }

  #received(value: unknown): void {
    const stream = this.end.incoming!
    const id = idOf(value)
    const message = stream.messages.find((each) => each.id === id)
    if (message === undefined) this.#world.note('nothing is lost', `${id} came out of ${stream.name}`)
    else stream.received(message, this)
  }

  async poll(options: WaitOptions): Promise<void> {
    await this.#track('poll', options, () => this.connection.poll(options))
  }

  /** Waits for several connections of one process. */
  async wait(others: readonly Grip[], options: WaitOptions): Promise<readonly Grip[]> {
    const grips = [this, ...others]
    let ready: readonly Grip[] = []
    const waiting = async () => {
      const connections = await wait(
        grips.map(({ connection }) => connection),
        options,
      )
      ready = grips.filter(({ connection }) => connections.includes(connection))
    }
    await this.#track('wait', options, waiting, grips)
    return ready
  }

  copy(): Grip {
    return new Grip(this.#world, this.process, this.connection.copy(), this.end, this.#pending)
  }

  close(): void {
    this.gone = true
    void this.connection.close()
  }

  #checkEnd(): void {
    const { source, name, waiting } = this.end.incoming!
    this.#world.saw('end of file')
    if (source.lives()) this.#world.note('the end of file is exact', `${name} ended though ${source.name} lives`)
    if (waiting.length > 0)
      this.#world.note('the end of file is exact', `${name} ended with ${waiting.length} messages left`)
  }

  async #track(
    kind: PendingOnPipe['kind'],
    options: WaitOptions,
    begin: () => Promise<unknown>,
    grips: readonly Grip[] = [this],
  ): Promise<{ reason: unknown } | undefined> {
    const pending: PendingOnPipe = { kind, grips, options, began: this.#world.time }
    this.#pending.add(pending)
    const error = await begin().then(
      () => undefined,
      (reason: unknown) => ({ reason }),
    )
    this.#pending.delete(pending)
    this.#world.activity++
    this.#world.saw(
      error === undefined ? kind : error.reason instanceof Error ? error.reason.constructor.name : 'other',
    )
    if (!this.process.alive) this.#world.note('nothing throws', `${this.process.name} did something after its death`)
    if (error !== undefined) this.#checkRefusal(pending, error.reason)
    return error
  }

  #checkRefusal({ kind, options, began, grips }: PendingOnPipe, reason: unknown): void {
    const { timeout, signal } = options
    if (signal?.aborted && reason === signal.reason) return
    const late = timeout !== undefined && this.#world.time >= began + timeout
    const expected =
      (reason instanceof FullError && kind === 'send' && late) ||
      (reason instanceof EmptyError && kind === 'recv' && late) ||
      (reason instanceof EndOfFileError && kind === 'recv') ||
      (reason instanceof BrokenPipeError && kind === 'send') ||
      (reason instanceof ClosedError && grips.some(({ connection, gone }) => gone || connection.closed)) ||
      (reason instanceof ClosedError && grips.some(({ leaving }) => leaving > 0)) ||
      (reason instanceof DisconnectedError && !this.process.connected)
    if (reason instanceof ValueError && !(reason instanceof ClosedError))
      return this.#world.note('nothing is lost', `${this.end.name} was gone though a message held it`)
    if (!expected) this.#world.note('nothing throws', `${kind} on ${this.end.name} was refused: ${String(reason)}`)
  }
}
