import { AsyncResult, type Pool, ValueError } from '@millrace/core'
import { describe, expect, test, vi } from 'vitest'
import { range } from '../observed.ts'
import { errorOf, type Ground } from './ground.ts'

/** `apply`, `applyAsync`, and what is done with its result. */
export function calls(ground: Ground): void {
  const { tasks } = ground

  test('apply() calls a task with its arguments, and resolves with the result', async () => {
    const { pool } = ground
    expect(await pool.apply(tasks.power, [3, 3])).toBe(27)
    expect(await pool.apply(tasks.power, [3])).toBe(9)
    expect(await pool.apply(tasks.nothing)).toBe(undefined)
    expect(await pool.apply(tasks.greetBy, [{ greeting: 'Hello' }, 'you'])).toBe('Hello, you')
  })

  test('a task is called with as many arguments as it is given, undefined ones included', async () => {
    const { pool } = ground
    const lists = [[], [undefined], [null, undefined], range(300)]
    expect(await Promise.all(lists.map((list) => pool.apply(tasks.count, list)))).toEqual([0, 1, 2, 300])
  })

  test('any number of calls can be made in one turn, and each has its own result', async () => {
    const numbers = range(3_000)
    const results = numbers.map((n) => ground.pool.apply(tasks.square, [n]))
    expect(await Promise.all(results)).toEqual(numbers.map((n) => n * n))
  })

  test('a task knows its name', async () => {
    expect(await ground.pool.apply(tasks.nameOfTask)).toBe('nameOfTask')
  })

  test.each([
    ['nothing', undefined],
    ['a function', () => 1],
    ['a name', 'square'],
    ['an object like a task', { source: 'file:///tasks.mjs', name: 'square' }],
  ])('what is no task is refused: %s', async (_name, task) => {
    const pool = ground.pool as Pool &
      Record<'apply' | 'map' | 'broadcast', (task: unknown, list: []) => Promise<unknown>>
    for (const method of ['apply', 'map', 'broadcast'] as const)
      expect(await errorOf(pool[method](task, []))).toBeInstanceOf(TypeError)
    expect(() => pool.applyAsync(task as never)).toThrow(TypeError)
    expect(() => pool.mapAsync(task as never, [])).toThrow(TypeError)
    expect(() => pool.imap(task as never, [])).toThrow(TypeError)
  })

  test('arguments that are no list are refused', async () => {
    expect(await errorOf(ground.pool.apply(tasks.square, 3 as never))).toBeInstanceOf(TypeError)
    expect(await errorOf(ground.pool.apply(tasks.square, 'ab' as never))).toBeInstanceOf(TypeError)
  })

  describe('the result of applyAsync()', () => {
    test('can be awaited, any number of times', async () => {
      const result = ground.pool.applyAsync(tasks.square, [3])
      expect(result).toBeInstanceOf(AsyncResult)
      expect([result.ready(), await result, await result, await result.get(), result.ready()]).toEqual([
        false,
        9,
        9,
        9,
        true,
      ])
    })

    test('rejects with the same error, any number of times (L22)', async () => {
      const result = ground.pool.applyAsync(tasks.fail)
      const error = await errorOf(result)
      expect([await errorOf(result.get()), await errorOf(result)]).toEqual([error, error])
      expect([result.ready(), result.successful()]).toEqual([true, false])
    })

    test('says whether it was successful, but not before it is ready (L22)', async () => {
      const result = ground.pool.applyAsync(tasks.square, [3])
      expect(() => result.successful()).toThrow(ValueError)
      await result.wait()
      expect(result.successful()).toBe(true)
    })

    test('wait() looks, and neither fails nor gives up', async () => {
      const { SharedEvent } = await import('@millrace/core')
      const gate = new SharedEvent()
      const result = ground.pool.applyAsync(tasks.waitFor, [gate, undefined, 7])
      expect([await result.wait({ timeout: 20 }), await result.wait({ timeout: 0 })]).toEqual([false, false])
      await gate.set()
      expect([await result.wait(), await result]).toEqual([true, 7])
      const failed = ground.pool.applyAsync(tasks.fail)
      expect([await failed.wait(), failed.successful()]).toEqual([true, false])
    })

    test('that nobody looks at may fail, and no rejection is left unhandled', async () => {
      const result = ground.pool.applyAsync(tasks.fail)
      expect(await result.wait()).toBe(true)
      // Vitest fails of what is not handled.
      await new Promise((resolve) => setTimeout(resolve))
    })
  })

  describe('callbacks', () => {
    test('are called once, before whoever waits hears of it (L2)', async () => {
      const heard: unknown[] = []
      const calls = { callback: (value: unknown) => heard.push(value), errorCallback: () => heard.push('error') }
      const waiting = ground.pool
        .mapAsync(tasks.square, [1], calls)
        .wait()
        .then(() => heard.push('waited'))
      await waiting
      expect(heard).toEqual([[1], 'waited'])
    })

    test('of an error are called with it, before get() rejects (L2)', async () => {
      const heard: unknown[] = []
      const calls = { callback: () => heard.push('value'), errorCallback: (error: unknown) => heard.push(error) }
      const begin = [
        () => ground.pool.applyAsync<unknown[], unknown>(tasks.fail, [], calls),
        () => ground.pool.mapAsync(tasks.throwIt, [5], calls),
      ]
      for (const each of begin) {
        const result = each()
        const error = await errorOf(result.get().catch((error) => Promise.reject(heard.push('waited') && error)))
        expect(heard.splice(0)).toEqual([error, 'waited'])
      }
    })

    test('that throw, or reject, harm nobody: the result is there, and the hook is told (G20)', async () => {
      const told = vi.fn()
      await using pool = ground.make({ onCallbackError: told })
      const broken = () => {
        throw new Error('broken')
      }
      const result = pool.applyAsync(tasks.square, [3], { callback: broken })
      const rejecting = pool.applyAsync(tasks.square, [4], { callback: async () => broken() })
      const failed = pool.applyAsync(tasks.fail, [], { errorCallback: broken })
      const mapped = pool.mapAsync(tasks.square, [5], { callback: broken })
      expect([await result, await rejecting, (await errorOf(failed)).message, await mapped]).toEqual([
        9,
        16,
        'that went wrong',
        [25],
      ])
      expect(await pool.apply(tasks.square, [6])).toBe(36)
      expect(told.mock.calls.map(([error]) => error.message)).toEqual(['broken', 'broken', 'broken', 'broken'])
    })

    test('harm nobody even if the hook that is told of them throws too (G20)', async () => {
      const written = vi.spyOn(console, 'error').mockImplementation(() => {})
      await using pool = ground.make({
        onCallbackError: () => {
          throw new Error('hook')
        },
      })
      const callback = () => {
        throw new Error('callback')
      }
      const results = [1, 2].map((n) => pool.applyAsync(tasks.square, [n], { callback }))
      expect([await results[0], await results[1]]).toEqual([1, 4])
      expect(written).toHaveBeenCalledTimes(2)
      written.mockRestore()
    })

    test('can give the pool more to do', async () => {
      const { pool } = ground
      const second = new Promise<number>((resolve, reject) => {
        pool.applyAsync(tasks.square, [3], {
          callback: (nine) => pool.apply(tasks.square, [nine]).then(resolve, reject),
        })
      })
      expect(await second).toBe(81)
    })
  })
}
