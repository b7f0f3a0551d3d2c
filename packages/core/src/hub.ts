import type { MillraceError } from './errors.ts'
import { ProtocolError } from './errors.ts'
import { Peer } from './peer.ts'
import { createPrimitive } from './primitives/create.ts'
import { FOREIGN, ForeignPrimitive } from './primitives/foreign.ts'
import type { NamedHandle } from './primitives/memory-names.ts'
import type { Keeper, Primitive } from './primitives/primitive.ts'
import { Ranges } from './ranges.ts'
import type { Transport } from './transport.ts'
import type { Turn } from './turn.ts'

export type { Peer }

/** A pipe that carries fewer messages is not worth a connection of its own. */
const DIRECT_AFTER = 64

/**
 * Who owns what. The hub keeps every primitive, has one link to every context, routes their operations, and settles
 * everything that a dead one held. It never decodes an item and shares nothing with user code but the turn.
 *
 *     context A ── link ── Peer ── Port ──┐
 *                                         ├── Primitive (queue, ...)
 *     context B ── link ── Peer ── Port ──┘
 *        └─ its own child C: tunnelled through B's link, a Peer of its own here
 */
export class Hub implements Keeper {
  readonly turn: Turn
  readonly maxFrame: number | undefined
  /** @see Keeper; tests change it */
  directAfter = DIRECT_AFTER
  readonly #entries = new Map<string, Entry>()
  /** No longer reachable, and not yet disposed of. */
  readonly #doomed: Primitive[] = []
  #disposing = false
  readonly #peers = new Set<Peer>()
  #ranges: Ranges | undefined
  /** The blocks of shared memory that have names. */
  readonly names = new Map<string, NamedHandle>()

  constructor(turn: Turn, options: { maxFrame?: number | undefined } = {}) {
    this.turn = turn
    this.maxFrame = options.maxFrame
  }

  /**
   * Connects a context.
   * @param who what others should call it until it has said so itself
   */
  attach(transport: Transport, onGone?: (error: MillraceError | undefined) => void, who?: string): Peer {
    const gone = (error: MillraceError | undefined) => {
      this.#peers.delete(peer)
      const { range } = peer
      if (range !== undefined) for (const { primitive } of this.#entries.values()) primitive.gone?.(range, peer.who)
      onGone?.(error)
    }
    const peer: Peer = new Peer(this, transport, gone, who)
    this.#peers.add(peer)
    if (this.#ranges !== undefined) peer.assign(this.#ranges.take(peer.link))
    return peer
  }

  /** Contexts are to share memory: every peer, of today and of tomorrow, gets its range of the arena. */
  shareArena(): void {
    if (this.#ranges !== undefined) return
    this.#ranges = new Ranges()
    for (const peer of this.#peers) peer.assign(this.#ranges.take(peer.link))
  }

  /** How many primitives are alive: for tests and diagnosis. */
  get size(): number {
    return this.#entries.size
  }

  create(id: string, kind: string, options: unknown): void {
    // Whoever sends one says so, as others may have before.
    if (kind === FOREIGN && this.find(id) instanceof ForeignPrimitive) return
    // Before anything is made that comes with it.
    this.#checkNew(id)
    this.add(id, createPrimitive(this, id, kind, options))
  }

  add(id: string, primitive: Primitive): void {
    this.#checkNew(id)
    this.#entries.set(id, { primitive, uses: 0, revoked: false })
  }

  find(id: string): Primitive | undefined {
    return this.#entries.get(id)?.primitive
  }

  retain(refs: readonly string[]): void {
    for (const id of refs) {
      const entry = this.#entries.get(id)
      if (entry !== undefined) entry.uses++
    }
  }

  uses(id: string): number {
    return this.#entries.get(id)?.uses ?? 0
  }

  /** A channel or an item that led to each of these is gone; the last one takes the primitive along. */
  forgo(refs: readonly string[]): void {
    for (const id of refs) {
      const entry = this.#entries.get(id)
      if (entry === undefined || --entry.uses > 0) continue
      this.#entries.delete(id)
      this.#dispose(entry.primitive)
    }
  }

  /**
   * Takes a primitive away from all that hold it, or every primitive there is: their manager was shut down. Whoever takes an
   * item later that leads to it does not have it either.
   */
  revoke(id?: string): void {
    const entries = id === undefined ? [...this.#entries.values()] : [this.#entries.get(id)]
    for (const entry of entries) if (entry !== undefined) entry.revoked = true
    for (const peer of this.#peers) peer.revoke(id)
  }

  isRevoked(id: string): boolean {
    return this.#entries.get(id)?.revoked === true
  }

  #checkNew(id: string): void {
    if (this.#entries.has(id)) throw new ProtocolError(`the handle ${id} exists already`)
  }

  /** One after the other: what lies in one may hold the last of another, and so on to any depth. */
  #dispose(primitive: Primitive): void {
    this.#doomed.push(primitive)
    if (this.#disposing) return
    this.#disposing = true
    try {
      for (let next = this.#doomed.shift(); next !== undefined; next = this.#doomed.shift()) next.dispose()
    } finally {
      this.#disposing = false
    }
  }
}

interface Entry {
  readonly primitive: Primitive
  /** Open channels and items in queues that lead to it. */
  uses: number
  revoked: boolean
}
