import type { Transport, TransportListener } from '../../src/transport.ts'
import type { Owner, World } from './world.ts'

/** How a connection behaves. */
export interface WireNature {
  /** Milliseconds that a chunk is under way, at least and at most. */
  readonly delay: readonly [number, number]
  /** How likely a delivery cuts what is under way, or joins it, wherever that may be. */
  readonly cut: number
  /** From this many bytes under way on, `send` says that the other side is behind. */
  readonly highWater: number
}

/** Two ends of a connection between two processes. */
export function wires(world: World, nature: WireNature, near: Owner, far: Owner): [Wire, Wire] {
  const a = new Wire(world, nature, near)
  const b = new Wire(world, nature, far)
  a.other = b
  b.other = a
  return [a, b]
}

/**
 * One end. What it sends arrives in order, late, and in pieces that have nothing to do with the batches; when its
 * process dies, what was under way arrives up to some byte, and nothing after it.
 */
export class Wire implements Transport {
  readonly remote = true
  readonly attaches = false
  other!: Wire
  readonly #world: World
  readonly #nature: WireNature
  readonly #owner: Owner
  #listener: TransportListener | undefined
  /** Sent by this end and not yet delivered at the other. */
  #underWay: Uint8Array[] = []
  #bytes = 0
  #delivering = false
  #behind = false
  /** Nothing follows what is under way. */
  #ended = false
  #closed = false
  /** It was not broken. */
  whole = true

  constructor(world: World, nature: WireNature, owner: Owner) {
    this.#world = world
    this.#nature = nature
    this.#owner = owner
  }

  send(batch: readonly Uint8Array[]): boolean {
    if (this.#ended) return true
    for (const chunk of batch) {
      if (chunk.length === 0) this.#world.note('the protocol is kept', 'an empty chunk was sent')
      this.#underWay.push(chunk)
      this.#bytes += chunk.length
    }
    this.#deliverLater()
    this.#behind ||= this.#bytes > this.#nature.highWater
    if (this.#behind) this.#world.saw('the other side is behind')
    return !this.#behind
  }

  sendSync(batch: readonly Uint8Array[]): void {
    this.send(batch)
  }

  listen(listener: TransportListener): void {
    this.#listener = listener
    this.other.#deliverLater()
  }

  /** Its own process lets go: what was sent still arrives. */
  close(): void {
    if (this.#closed) return
    this.#end()
    this.#close()
    this.other.#drop()
  }

  /** While the other side is behind, what follows waits. */
  get holdsBack(): boolean {
    return this.#behind
  }

  ref(): void {}
  unref(): void {}

  /** Its process is dead. */
  die(): void {
    this.#closed = true
    this.#cutShort()
    this.#end()
    this.other.#drop()
  }

  /** Its process is gone; what it had sent arrives. */
  end(): void {
    this.#closed = true
    this.#end()
    this.other.#drop()
  }

  /** The connection breaks; the processes at its ends go on. */
  break(): void {
    for (const end of [this, this.other]) {
      end.whole = false
      end.#cutShort()
      end.#end()
    }
  }

  #end(): void {
    this.#ended = true
    this.#deliverLater()
  }

  /** Nobody will read what is under way from here. */
  #drop(): void {
    this.#underWay = []
    this.#bytes = 0
    this.#ended = true
  }

  /** Loses all but the first bytes of what is under way. */
  #cutShort(): void {
    const { random } = this.#world
    if (this.#ended || random.chance(0.3)) return
    let keep = random.chance(0.3) ? 0 : random.int(this.#bytes + 1)
    this.#bytes = keep
    this.#underWay = this.#underWay.flatMap((chunk) => {
      const kept = chunk.subarray(0, keep)
      keep -= kept.length
      return kept.length > 0 ? [kept] : []
    })
  }

  #deliverLater(): void {
    if (this.#delivering || this.other.#listener === undefined || (this.#bytes === 0 && !this.#ended)) return
    this.#delivering = true
    const [least, most] = this.#nature.delay
    const delay = least + (most - least) * this.#world.random.next()
    this.#world.at(delay, this.other.#owner, () => {
      this.#delivering = false
      this.#deliver()
    })
  }

  #deliver(): void {
    if (this.#bytes > 0) {
      const chunk = this.#nextChunk()
      this.#bytes -= chunk.length
      this.other.#listener!.onBytes(chunk)
    }
    if (this.#bytes > 0) return this.#deliverLater()
    if (this.#ended) return this.other.#close()
    if (!this.#behind) return
    this.#behind = false
    this.#world.at(0.01, this.#owner, () => {
      if (!this.#closed) this.#listener?.onDrain()
    })
  }

  #nextChunk(): Uint8Array {
    const { random } = this.#world
    if (!random.chance(this.#nature.cut)) return this.#underWay.shift()!
    const all = this.#underWay.length === 1 ? this.#underWay[0]! : Buffer.concat(this.#underWay)
    // A long item comes in many pieces, but not in thousands.
    const most = Math.min(all.length, Math.max(random.pick([3, 30, 70_000]), all.length >> 5))
    const length = random.chance(0.3) ? all.length : random.between(1, most)
    this.#underWay = length < all.length ? [all.subarray(length)] : []
    return all.subarray(0, length)
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#ended = true
    this.#world.at(0, this.#owner, () => this.#listener?.onClose())
  }
}
