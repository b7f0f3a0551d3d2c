import type { LeaseOutlet } from '../lease.ts'
import type { Fetch } from '../transport.ts'
import type { Run } from './runs.ts'

/**
 * What the hub keeps for a handle: a pure state machine, without clock, input, output or randomness of its own. It is
 * told what peers do and tells its outlets.
 */
export interface Primitive {
  /** A peer opened a channel to it. */
  connect(outlet: Outlet): Port
  /** The context with that range, called `who`, is gone, and its channels are released. */
  gone?(range: number, who: string): void
  /** Nobody can reach it any more: let go of what it holds. */
  dispose(): void
}

/**
 * How a peer left: it let this channel go; or its context ended, by itself and without a failure, so that it has done all
 * that it was to do; or it died: it was killed, failed, or cannot be reached any more.
 */
export type Leaving = 'released' | 'ended' | 'died'

/** One peer's channel, seen from the primitive. Every method is a frame of that peer; see the table in `frame.ts`. */
export interface Port {
  /** A block that is put may be shared memory. */
  readonly takesMemory?: boolean
  ask(lane: number, id: number, count: number, cost: number, nowait: boolean, window: number): void
  cancel(lane: number, id: number): void
  put(run: Run): void
  /** `idle`: nobody there waits for more than has come. */
  spent(lane: number, count: number, window: number, idle: boolean): void
  returned(lane: number, count: number, cost: number, window: number): void
  ack(number: number): void
  call(operation: string, args: readonly unknown[], reply: Reply): void
  /** Items come back that had left for good, as far as the primitive knew. */
  putBack?(run: Run): void
  /** The peer let go or died: everything it held goes back, everyone it had waiting is forgotten. */
  release(how: Leaving): void
  /** That, and all that followed from it, has happened. */
  released?(): void
}

/** One peer's channel, seen from the primitive, the other way. */
export interface Outlet {
  readonly hub: Keeper
  /** Stands for the peer: two outlets of one peer have the same. */
  readonly peer: object
  /** What the peer calls itself, where it said so. */
  readonly who?: string
  /** The number of the peer's range, if contexts share memory: no other peer that is alive has it. */
  readonly range?: number | undefined
  lease(lane: number): LeaseOutlet
  grant(lane: number, count: number, id: number, cost: number): void
  /** `fetch`: how a peer in this context gets the buffers of an item that was moved, when it takes that. */
  items(run: Run, fetch: Fetch | undefined): void
  notice(news: unknown): void
}

/** Keeps the primitives alive whose handles lie in items. */
export interface Keeper {
  retain(refs: readonly string[]): void
  forgo(refs: readonly string[]): void
  /** How many channels and items lead to it. */
  uses(id: string): number
  /** Takes it away from all that hold it. */
  revoke(id: string): void
  /** After how many messages the ends of a pipe may speak to each other without the hub. */
  readonly directAfter: number
}

/** The answer to a call; one of the two, once. */
export interface Reply {
  done(value: unknown): void
  /** Answers with buffers, which are gone here if they need not be copied. */
  give(buffers: readonly ArrayBuffer[]): void
  /** Answers with buffers that the peer is to share, or with none if it cannot. */
  share(buffers: readonly ArrayBufferLike[]): void
  fail(error: Error): void
}
