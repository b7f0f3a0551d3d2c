/** A channel that can be let go. */
export interface Releasable {
  close(): void
  /** Calls `idle` once nothing is pending, perhaps at once. */
  whenIdle(idle: () => void): void
  release(id: string): void
}

/** What remains of a handle that is garbage: it must not lead back to it. */
export interface Remains {
  readonly channel: Releasable
  readonly id: string
  /** Whether the hub may take everything back. */
  readonly mayRelease: () => boolean
}

const registry = new FinalizationRegistry<Remains>(({ channel, id, mayRelease }) =>
  channel.whenIdle(() => mayRelease() && channel.release(id)),
)

/** Has the channel of a handle let go once the handle is garbage and nothing is pending on it. */
export function releaseWhenGarbage(handle: object, remains: Remains): void {
  registry.register(handle, remains, handle)
}

/** Closes the channel of a handle and lets it go, without waiting for the garbage collector. */
export function releaseNow(handle: object, channel: Releasable, id: string): void {
  registry.unregister(handle)
  channel.close()
  channel.whenIdle(() => channel.release(id))
}
