import { DisconnectedError, TimeoutError } from '../../src/errors.ts'
import type { WaitOptions } from '../../src/lessee.ts'
import type { PermitChannel } from '../../src/permit-channel.ts'
import type { PermitHandle } from '../../src/permit-handle.ts'
import type { SimProcess } from './sim-process.ts'
import type { World } from './world.ts'

/** What is known of all users of one semaphore together. */
export interface PermitModel {
  readonly id: string
  /** How many permits there are. */
  readonly value: number
  readonly grips: PermitGrip[]
  /** How often users were told of each dead process. */
  readonly told: Map<string, number>
  readonly pending: Set<PendingAcquire>
}

export interface PendingAcquire {
  readonly grip: PermitGrip
  readonly options: WaitOptions
}

/** The users of one semaphore in one process: what they acquire and release, held against what all of them may. */
export class PermitGrip {
  readonly process: SimProcess
  readonly handle: PermitHandle
  readonly model: PermitModel
  /** Users that are inside. */
  inside = 0
  /** How many left within this turn: nobody else can know it yet. */
  leaving = 0
  /** Neither dead, nor cut off, nor closed. */
  counts = true
  readonly #world: World
  /** Recalls and grants so far. */
  #recalls = 0
  #gaveAllBack = false

  constructor(world: World, process: SimProcess, handle: PermitHandle, model: PermitModel) {
    this.#world = world
    this.process = process
    this.handle = handle
    this.model = model
    model.grips.push(this)
    this.#listen()
  }

  /** Resolves with whether a user is inside. */
  async enter(options: WaitOptions = {}): Promise<boolean> {
    const pending = { grip: this, options }
    this.model.pending.add(pending)
    try {
      if (options.timeout === undefined && options.signal === undefined) await this.handle.acquire()
      else await this.handle.hold(options)
      this.#entered()
      return true
    } catch (error) {
      this.#refused(error as Error)
      return false
    } finally {
      this.#world.activity++
      this.model.pending.delete(pending)
    }
  }

  #refused(error: Error): void {
    this.#world.saw(error.name)
    const expected = error instanceof TimeoutError || error.message === 'cancelled' || !this.counts
    const kept = error instanceof DisconnectedError ? 'the protocol is kept' : 'nothing throws'
    if (!expected) this.#world.note(kept, `acquire was refused with ${error.stack}`)
  }

  #entered(): void {
    this.#world.saw('entered')
    if (!this.counts) return
    this.inside++
    const all = this.model.grips.reduce((sum, grip) => sum + (grip.counts ? grip.inside : 0), 0)
    if (all > this.model.value)
      this.#world.note(
        'never more inside than permits',
        `${all} are inside of ${this.model.id}, of ${this.model.value}`,
      )
  }

  /** Users that are inside, or are about to be, as soon as the hub has heard of it. */
  get used(): number {
    return this.#channel.used
  }

  get #channel(): PermitChannel {
    return (this.handle as unknown as { channel: PermitChannel }).channel
  }

  /** Counts who is told of whom. */
  #listen(): void {
    const channel = this.#channel
    const { acquire, take, onRecall, onGrant } = channel
    channel.take = () => {
      const taken = take.call(channel)
      if (taken) this.#checkRecalled()
      return taken
    }
    channel.acquire = (acquisition, options) => {
      const acquired = (name: string | undefined) => {
        this.#checkRecalled()
        if (name !== undefined) this.#tell(name)
        return acquisition.acquired(name)
      }
      return acquire.call(channel, { ...acquisition, acquired }, options) as never
    }
    channel.onRecall = () => {
      onRecall.call(channel)
      this.#recalls++
      this.#giveAllBack(this.#recalls)
    }
    channel.onGrant = (lane, count) => {
      this.#recalls++
      this.#gaveAllBack = false
      onGrant.call(channel, lane, count)
    }
  }

  /** Once this turn is over nobody enters with what was here when the recall came. */
  #giveAllBack(recall: number): void {
    const { turn, link } = this.process.context
    // A recall that comes while a turn is being ended is of the next.
    turn.next(() =>
      turn.next(() => {
        // What cannot be sent, since the other side is behind, may still be used.
        if (this.#recalls === recall && link.hasLeft) this.#gaveAllBack = true
      }),
    )
  }

  #checkRecalled(): void {
    if (this.#gaveAllBack && this.counts)
      this.#world.note('first come, first served', `${this.process.name} enters, though it was recalled`)
  }

  #tell(name: string): void {
    this.#world.saw('told of a death')
    this.model.told.set(name, (this.model.told.get(name) ?? 0) + 1)
  }

  leave(): void {
    if (this.inside === 0) return
    this.inside--
    this.leaving++
    this.process.context.turn.next(() => this.leaving--)
    this.handle.release().catch((error) => {
      this.#world.activity++
      if (this.counts) this.#world.note('nothing throws', `release was refused with ${error.stack}`)
    })
  }
}
