import { JOURNAL_SIZE, Journal, SharedJournalMemory } from './journal.ts'

/**
 * The right to begin what was handed out ahead of need.
 *
 * Who hands something out offers the claim to it; who has it takes the claim before he begins; and who handed it out may
 * take the claim himself, and then has it back. Each claim is taken once, the oldest first, in one step that needs
 * nobody's help: also from one who blocks his event loop, and from one who is dead. What was begun at a death is so known
 * exactly.
 */
export interface Claims {
  /** Offers the claims from `first` on, `count` of them; numbers go up by one and begin with 1. */
  offer(first: number, count: number): void
  /** Takes the oldest claim and returns its number; 0: there is none. */
  take(): number
  /** For whoever offers them: the number of the last claim that was taken, without taking any. */
  readonly taken: number
  /** Whether they take up memory that `renew` would give back. */
  readonly worn: boolean
  /** For whoever offers them, when none is left. */
  renew(): void
  /** For whoever takes them, while the journal is empty: has them where they cost no system call; false if he cannot. */
  share(): boolean
  /** For whoever offers them: the other side can. They are `worn`, then, unless this one cannot. */
  mayMove(): void
  /** What whoever takes them has said and not sent. */
  readonly journal: Journal
  /** Lets go of what it is made of. */
  close(): void
}

const TAKEN = 0
const OFFERED = 1

/**
 * Claims in memory that both sides share: a count of what was offered and one of what was taken. Each number is offered
 * once, and all in order, so the counts are all there is to know.
 */
export class SharedClaims implements Claims {
  /** Bytes of both counts; the journal follows. */
  static readonly COUNTS = 8
  static readonly SIZE = SharedClaims.COUNTS + JOURNAL_SIZE
  readonly memory: Int32Array

  readonly journal: Journal

  constructor(memory: Int32Array = new Int32Array(new SharedArrayBuffer(SharedClaims.SIZE))) {
    this.memory = memory
    this.journal = new Journal(
      new SharedJournalMemory(new Uint8Array(memory.buffer, memory.byteOffset + SharedClaims.COUNTS)),
    )
  }

  offer(first: number, count: number): void {
    Atomics.store(this.memory, OFFERED, first + count - 1)
  }

  take(): number {
    const { memory } = this
    for (;;) {
      const taken = Atomics.load(memory, TAKEN)
      if (taken === Atomics.load(memory, OFFERED)) return 0
      if (Atomics.compareExchange(memory, TAKEN, taken, taken + 1) === taken) return taken + 1
    }
  }

  get taken(): number {
    return Atomics.load(this.memory, TAKEN)
  }

  readonly worn = false

  renew(): void {}

  share(): boolean {
    return false
  }

  mayMove(): void {}

  close(): void {}
}

let own: Claims | undefined

/** The claims to what this context is handed, if its platform has such. */
export function ownClaims(): Claims | undefined {
  return own
}

/** Says what they are: called once, before the context is told what to do. */
export function installClaims(claims: Claims | undefined): void {
  own = claims
}
