import { type Clock, systemClock } from './clock.ts'
import { Context } from './context.ts'
import { DEFAULT_MAX_FRAME } from './frame.ts'
import { Hub } from './hub.ts'
import { memoryTransports } from './memory-transport.ts'
import { connector } from './platform.ts'
import type { Transport } from './transport.ts'
import { Turn } from './turn.ts'

/** What this JavaScript realm is in the tree of contexts: the root, which has the hub, or one that was started. */
export interface Runtime {
  readonly context: Context
  /** Only the root has one. */
  readonly hub: Hub | undefined
  /** The task module of this context is still loading: nothing may be started yet. */
  loading: boolean
}

/** One per realm, even if this module is loaded twice. */
const SLOT = Symbol.for('millrace.runtime.1')
const realm = globalThis as { [SLOT]?: Runtime }

interface Configuration {
  maxFrame: number
}

const configuration: Configuration = { maxFrame: DEFAULT_MAX_FRAME }

/**
 * Sets the limits of the whole tree of processes. Call it in the main program before anything else of Millrace.
 *
 * @param options.maxFrame bytes; the longest message, and so the largest item, that any process accepts (16 MiB)
 * @throws TypeError if the runtime is already in use, or the limit makes no sense.
 */
export function configure(options: { maxFrame?: number }): void {
  if (realm[SLOT] !== undefined) throw new TypeError('configure() must come before the first queue or process')
  const { maxFrame = DEFAULT_MAX_FRAME } = options
  if (!Number.isInteger(maxFrame) || maxFrame < 64 * 1024 || maxFrame > 0x7fff_ffff)
    throw new TypeError(`maxFrame must be an integer from 64 KiB to 2 GiB, not ${maxFrame}`)
  configuration.maxFrame = maxFrame
}

/** The runtime of this realm; the first use of Millrace in a program makes it the root. */
export function runtime(): Runtime {
  realm[SLOT] ??= createRoot(systemClock, configuration.maxFrame)
  return realm[SLOT]
}

/** Whether anything of Millrace was used in this realm. */
export function isInUse(): boolean {
  return realm[SLOT] !== undefined
}

/**
 * Starts a context here, before any of its user code runs. In a realm that several have to share, what user code makes
 * belongs to the program itself, if it uses Millrace, or else to the first that came; once that one has lost its link,
 * to the next that comes.
 */
export function becomeChild(path: string, transport: Transport, maxFrame: number): Runtime {
  const turn = new Turn(systemClock)
  const context = new Context(path, transport, turn, systemClock, maxFrame)
  context.connector = connector()
  const child: Runtime = { context, hub: undefined, loading: true }
  if (realm[SLOT] === undefined || realm[SLOT].context.link.closed) realm[SLOT] = child
  return child
}

/** A hub and the context of the program itself, linked in memory. */
export function createRoot(clock: Clock, maxFrame = DEFAULT_MAX_FRAME, path = '0'): Runtime {
  const turn = new Turn(clock)
  const hub = new Hub(turn, { maxFrame })
  const [near, far] = memoryTransports()
  hub.attach(far)
  return { context: new Context(path, near, turn, clock, maxFrame), hub, loading: false }
}

/** Makes this realm the root of a tree of its own, whose ids nobody else's tree has. */
export function becomeRoot(path: string, maxFrame: number): Runtime {
  realm[SLOT] = createRoot(systemClock, maxFrame, path)
  return realm[SLOT]
}

/** Makes handles in another context than this realm's own, as user code there would. */
export function within<T>(context: Context, make: () => T): T {
  const outer = runtime()
  realm[SLOT] = { context, hub: undefined, loading: false }
  try {
    return make()
  } finally {
    realm[SLOT] = outer
  }
}

/** The root has its range from the moment that it needs it: it is the hub's first peer, and so has the first one. */
export function ensureRange({ context, hub }: Runtime): void {
  if (hub === undefined || context.range !== undefined) return
  hub.shareArena()
  context.takeRange(0)
}

/**
 * Connects a context that this one started to the hub, however far away that is.
 * @param who what others call it
 */
export function adopt({ context, hub }: Runtime, child: Transport, onGone: () => void, who: string): void {
  if (hub !== undefined) {
    hub.shareArena()
    hub.attach(child, onGone, who)
  } else context.carry(child, onGone)
}
