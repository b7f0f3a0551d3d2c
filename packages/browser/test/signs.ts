import { expect, vi } from 'vitest'

/** Resolves once no worker of this page lives: the browser tells by the locks that they hold. */
export async function noneAlive(): Promise<void> {
  await vi.waitFor(async () => {
    const { held = [] } = await navigator.locks.query()
    expect(held.filter(({ name }) => name?.startsWith('millrace.'))).toEqual([])
  })
}
