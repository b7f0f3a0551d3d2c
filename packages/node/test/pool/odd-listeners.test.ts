import { Pool, type PoolEvent, Queue, taskModule } from '@millrace/node'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof import('./fixtures/odd-tasks.mjs')>(
  new URL('./fixtures/odd-tasks.mjs', import.meta.url),
)

/** It cannot be told in words. */
const wordless = (): unknown => Object.create(null)

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(kinds)('user code that throws in the parent, $kind', ({ kind }) => {
  test('retryIf may throw a frozen error, or what is no error', async () => {
    await using pool = new Pool({ processes: 1, kind })
    const { proxy, revoke } = Proxy.revocable(new Error('x'), {})
    revoke()
    for (const thrown of [Object.freeze(new RangeError('frozen')), wordless(), proxy]) {
      const retryIf = () => {
        throw thrown
      }
      const call = pool.apply(tasks.raise, ['getter'], { retries: 1, retryIf })
      expect(await call.catch((error) => error === thrown)).toBe(true)
    }
    expect(await pool.apply(tasks.same, [1])).toBe(1)
  })

  test('a callback and an observer of events may throw what has no words', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    await using pool = new Pool({ processes: 1, kind })
    const seen: string[] = []
    pool.events.subscribe(({ type }: PoolEvent) => {
      seen.push(type)
      throw wordless()
    })
    const callback = () => {
      throw wordless()
    }
    expect(await pool.applyAsync(tasks.same, [1], { callback })).toBe(1)
    expect(await pool.apply(tasks.same, [2])).toBe(2)
    expect(seen).toContain('finished')
    expect(printed).toHaveBeenCalledWith(
      expect.stringMatching('a callback of a pool failed: an object that has no words'),
    )
    expect(printed).toHaveBeenCalledWith(expect.stringMatching('an observer of pool events failed: an object'))
  })

  test('a call may be aborted for a reason that can neither travel nor be told in words', async () => {
    await using pool = new Pool({ processes: 1, kind, grace: 60_000 })
    const [news, controller] = [new Queue<string>(), new AbortController()]
    const call = pool.apply(tasks.untilAborted, [news], { signal: controller.signal })
    expect(await news.get()).toBe('begun')
    const reason = Object.assign(Object.create(null), { call: () => {} })
    controller.abort(reason)
    expect(await call.catch((error) => error === reason)).toBe(true)
    expect(await news.get()).toBe('an object that has no words for itself')
    expect(await pool.apply(tasks.same, [1])).toBe(1)
  })

  test('an observer of the results of imap may throw, and the others follow', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    await using pool = new Pool({ processes: 1, kind })
    const seen: unknown[] = []
    const over = await new Promise((resolve) => {
      pool.imap(tasks.same, [1, 2, 3]).subscribe({
        next: (value) => {
          seen.push(value)
          if (value === 1) throw new RangeError('no')
          // A promise that rejects is heard of as well.
          return value === 2 ? Promise.reject(new RangeError('nor that')) : undefined
        },
        complete: () => {
          resolve('complete')
          throw new RangeError('not even the end')
        },
      })
    })
    expect([seen, over]).toEqual([[1, 2, 3], 'complete'])
    for (const message of ['no', 'nor that', 'not even the end'])
      expect(printed).toHaveBeenCalledWith(expect.stringMatching(`an observer of .*RangeError: ${message}`))
    expect(pool.stats.open).toBe(0)
  })
})
