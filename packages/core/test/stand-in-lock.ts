import type { Arrival } from '../src/base-queue.ts'
import { CalledHandle } from '../src/called-handle.ts'
import type { ConditionLock } from '../src/condition-lock.ts'
import type { Context } from '../src/context.ts'
import { ProtocolError } from '../src/errors.ts'
import { defineHandle } from '../src/handle.ts'
import type { Hub } from '../src/hub.ts'
import type { Outlet, Primitive, Reply } from '../src/primitives/primitive.ts'
import { CalledPort, Waiters } from '../src/primitives/waiters.ts'

const KIND = 'stand-in-lock'

/** The simplest lock that a condition can have: every step goes to the hub. */
class StandInLockPrimitive implements Primitive {
  readonly waiters = new Waiters<StandInLockPort>()
  owner: StandInLockPort | undefined

  connect(_outlet: Outlet): StandInLockPort {
    return new StandInLockPort(this)
  }

  acquire(port: StandInLockPort, ticket: number, reply: Reply): void {
    if (this.owner !== undefined) return void this.waiters.add(port, ticket, reply)
    this.owner = port
    reply.done(true)
  }

  next(): void {
    const next = this.waiters.shift()
    this.owner = next?.port
    next?.reply.done(true)
  }

  dispose(): void {}
}

class StandInLockPort extends CalledPort {
  readonly #lock: StandInLockPrimitive

  constructor(lock: StandInLockPrimitive) {
    super()
    this.#lock = lock
  }

  call(operation: string, [ticket]: readonly unknown[], reply: Reply): void {
    if (operation === 'acquire') return this.#lock.acquire(this, Number(ticket), reply)
    if (this.#lock.owner !== this) throw new ProtocolError('released by one who does not hold it')
    this.#lock.next()
    reply.done(null)
  }

  cancel(_lane: number, ticket: number): void {
    this.#lock.waiters.cancel(this, ticket)
  }

  release(): void {
    this.#lock.waiters.leave(this)
    if (this.#lock.owner === this) this.#lock.next()
  }
}

export class StandInLock extends CalledHandle implements ConditionLock {
  /** How often it was acquired here; tests may say that it was more often than it was. */
  depth = 0

  constructor(arrival: Arrival) {
    super(KIND, {}, arrival)
  }

  get isHeld(): boolean {
    return this.depth > 0
  }

  async acquire(): Promise<boolean> {
    await this.restore(1)
    return true
  }

  async release(): Promise<void> {
    if (--this.depth === 0) await this.channel.call('release')
  }

  async hold(): Promise<StandInLock> {
    await this.acquire()
    return this
  }

  async withLock<T>(fn: () => T | Promise<T>): Promise<T> {
    await this.acquire()
    try {
      return await fn()
    } finally {
      await this.release()
    }
  }

  async releaseAll(): Promise<number> {
    const { depth } = this
    this.depth = 0
    await this.channel.call('release')
    return depth
  }

  async restore(depth: number): Promise<void> {
    await this.channel.wait({ operation: 'acquire', expired: () => false }, undefined)
    this.depth = depth
  }
}

defineHandle(KIND, (context, id) => new StandInLock({ context, id }))

/** Makes one in the context of the hub. */
export function standInLock(hub: Hub, context: Context): StandInLock {
  const id = context.newId()
  hub.add(id, new StandInLockPrimitive())
  return new StandInLock({ context, id })
}
