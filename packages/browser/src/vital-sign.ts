/**
 * Tells that a realm is gone, in whatever way: it holds a Web Lock as long as it lives, and the browser gives the lock
 * to whoever waits for it once it does not.
 *
 * Insecure pages (`http:` other than localhost) have no Web Locks; there a realm that ends without a word goes
 * unnoticed.
 */
function locks(): LockManager | undefined {
  return typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined)
}

/** A name for a lock that nobody else uses; none where there are no locks. */
export function newSign(): string | undefined {
  if (locks() === undefined) return undefined
  const numbers = crypto.getRandomValues(new Uint32Array(4))
  return `millrace.${[...numbers].map((number) => number.toString(36)).join('.')}`
}

/** A lock that is held, or none, and what lets it go. */
export interface Sign {
  readonly lock: string | undefined
  letGo(): void
}

/**
 * Holds the lock until this realm ends or lets it go. Resolves once it is held, or cannot be: where the storage is
 * closed to this origin (`data:` URLs, say), there is no sign.
 */
export function holdSign(lock: string | undefined): Promise<Sign> {
  return new Promise((resolve) => {
    const none = () => resolve({ lock: undefined, letGo: () => {} })
    const hold = () => new Promise<void>((letGo) => resolve({ lock, letGo }))
    const manager = locks()
    if (manager === undefined || lock === undefined) none()
    else manager.request(lock, hold).catch(none)
  })
}

/**
 * Has `lost` called when the realm that holds the lock is gone. With `doubted`, another origin may hold it, whose
 * locks cannot be seen from here: then it is not watched.
 */
export async function watchSign(name: string, doubted: boolean, lost: () => void): Promise<void> {
  const manager = locks()
  if (manager === undefined || (doubted && !(await isHeld(manager, name)))) return
  await manager.request(name, lost)
}

async function isHeld(manager: LockManager, name: string): Promise<boolean> {
  const { held } = await manager.query()
  return held?.some((lock) => lock.name === name) ?? false
}
