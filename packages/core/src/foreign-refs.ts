import { CallChannel } from './call-channel.ts'
import type { Context } from './context.ts'
import { EncodeError } from './errors.ts'
import { type Abroad, MOVABLE } from './handle.ts'
import { FOREIGN } from './primitives/foreign.ts'

/** A context of this realm that leads to another hub than the program's own. */
interface WayAbroad {
  readonly context: Context
  readonly home: Abroad
  /** Settles when that hub has heard of all that was done through it so far, or is gone. */
  reached(): Promise<void>
}

const ways = new Set<WayAbroad>()

export function leadsAbroad(way: WayAbroad): void {
  for (const each of ways) if (each.context.link.closed) ways.delete(each)
  ways.add(way)
}

/** Whether an id is that of an object in a manager's process. */
export function isForeign(id: string): boolean {
  return id.startsWith('@')
}

/**
 * Sees to the handles in what is about to be sent. What belongs to a manager's process is told to the program's hub first,
 * which keeps it alive there as long as it lies in an item; what belongs to the program's own tree cannot go to a manager's
 * process, which knows nothing of it. Encodes: what was encoded before has to be copied.
 *
 * @throws EncodeError
 */
export function checkRefs(refs: readonly string[], context: Context): void {
  for (const id of refs) {
    if (isForeign(id)) {
      for (const way of ways) if (way.context !== context) sendFrom(way, id, context)
    } else if (context.abroad !== undefined)
      throw new EncodeError(
        `the handle ${id} belongs to this program and not to the manager, whose process cannot reach it: ` +
          'make it with the manager',
      )
  }
}

/** A handle of a manager goes to another hub than that of its own process. */
function sendFrom(way: WayAbroad, id: string, context: Context): void {
  const handle = way.context.known(id)
  if (handle === undefined) return
  // Another manager's process connects to nobody; and the end of a pipe is one holder's.
  if (context.abroad !== undefined || MOVABLE in handle) way.context.pin(handle)
  else if (!told.has(handle)) tellHub(handle, id, way, context)
}

/** The handles that were sent, each known to the program's hub by a channel that lasts as long as the handle. */
const told = new WeakSet<object>()
const channels = new FinalizationRegistry<() => void>((release) => release())

function tellHub(handle: object, id: string, way: WayAbroad, context: Context): void {
  told.add(handle)
  const { address, authKey } = way.home
  const channel = new CallChannel(context, undefined, id, FOREIGN, { address, authKey })
  channels.register(handle, () => letGo(channel, id))
  // Until the hub keeps the object alive, this handle alone does; and before that it has to be there.
  const release = way.context.pin(handle)
  way
    .reached()
    .then(() => channel.call('hold'))
    .then(release, release)
}

/** A handle has come out of an item of the program's hub, which is to keep the object alive until `opened` settles. */
export function keepForeign(id: string, context: Context, opened: Promise<unknown>): void {
  const channel = new CallChannel(context, undefined, id, FOREIGN, null)
  const done = () => letGo(channel, id)
  opened.then(done, done)
}

function letGo(channel: CallChannel, id: string): void {
  channel.close()
  channel.whenIdle(() => channel.release(id))
}
