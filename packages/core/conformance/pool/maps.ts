import { EncodeError, type MapOptions, ValueError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { range } from '../observed.ts'
import { errorOf, type Ground } from './ground.ts'

class SayWhen extends Error {}

/** Throws at the n-th. */
function* throwingAt(n: number, length = 10): Generator<number> {
  for (let i = 0; i < length; i++) {
    if (i === n) throw new SayWhen('when')
    yield i
  }
}

/** `map`, `starmap` and their asynchronous forms. */
export function maps(ground: Ground): void {
  const { tasks } = ground
  const squares = range(1_000).map((n) => n * n)

  test.each([undefined, 1, 7, 100, 1_000, 5_000])(
    'map() gives the results in order, chunksize %s',
    async (chunksize) => {
      const options: MapOptions = chunksize === undefined ? {} : { chunksize }
      expect(await ground.pool.map(tasks.square, range(1_000), options)).toEqual(squares)
    },
  )

  test('the chunksize can be the third argument, as in Python', async () => {
    expect(await ground.pool.map(tasks.square, range(10), 3)).toEqual(squares.slice(0, 10))
    expect(await ground.pool.starmap(tasks.power, [[2, 3]], 3)).toEqual([8])
  })

  test('starmap() calls with lists of arguments', async () => {
    expect(await ground.pool.starmap(tasks.power, [[2, 8], [3, 3], [5]])).toEqual([256, 27, 25])
    expect(await ground.pool.starmapAsync(tasks.power, [[2, 8], [3]])).toEqual([256, 9])
    expect(await ground.pool.starmap(tasks.count, [[], [1], [1, 2]])).toEqual([0, 1, 2])
  })

  test('what starmap() is given must be lists', async () => {
    const wrong = [[1, 2], 3] as never
    expect(await errorOf(ground.pool.starmap(tasks.power, wrong))).toBeInstanceOf(TypeError)
  })

  test('map() calls with one argument alone, whatever it is', async () => {
    expect(await ground.pool.map(tasks.count, [[1, 2], undefined, 3] as never[])).toEqual([1, 1, 1])
  })

  test('no inputs are no results, at once (L4)', async () => {
    const { pool } = ground
    const calls = [
      pool.map(tasks.square, []),
      pool.starmap(tasks.power, []),
      pool.mapAsync(tasks.square, [], { chunksize: 1 }).get({ timeout: 1_000 }),
      pool.map(tasks.square, new Set<number>()),
    ]
    expect(await Promise.all(calls)).toEqual([[], [], [], []])
    expect(await pool.imap(tasks.square, []).next()).toEqual({ done: true, value: undefined })
    expect(await pool.imapUnordered(tasks.square, []).next()).toEqual({ done: true, value: undefined })
  })

  describe('inputs', () => {
    const inputs: Array<[string, () => Iterable<number> | AsyncIterable<number>]> = [
      ['a set', () => new Set([1, 2, 3])],
      ['a typed array', () => new Uint8Array([1, 2, 3])],
      ['a generator', () => [1, 2, 3].values()],
      [
        'an async generator',
        async function* () {
          yield* [1, 2, 3]
        },
      ],
      [
        'an async iterable whose promises are of another kind',
        () => ({
          [Symbol.asyncIterator]() {
            const values = [1, 2, 3].values()
            const next = () => {
              const result = values.next()
              // biome-ignore lint/suspicious/noThenProperty: that is what it is about
              return { then: (resolve: (value: unknown) => void) => resolve(result) } as never
            }
            return { next }
          },
        }),
      ],
    ]

    test.each(inputs)('can be %s', async (_name, make) => {
      expect(await ground.pool.map(tasks.square, make())).toEqual([1, 4, 9])
      const iterated: number[] = []
      for await (const square of ground.pool.imap(tasks.square, make())) iterated.push(square)
      expect(iterated).toEqual([1, 4, 9])
    })

    test('can be a text, whose characters they are', async () => {
      expect(await ground.pool.map(tasks.shout, 'aé🦀')).toEqual(['A', 'É', '🦀'])
      const iterated: string[] = []
      for await (const character of ground.pool.imap(tasks.shout, 'ab')) iterated.push(character)
      expect(iterated).toEqual(['A', 'B'])
    })

    test('that are promises are refused, as every promise is that is to travel', async () => {
      const inputs = [Promise.resolve(1), Promise.resolve(2)] as never
      expect((await errorOf(ground.pool.map(tasks.square, inputs))).message).toMatch(/Promise at \[0\]: await it first/)
    })

    test.each([undefined, null, 5, {}, Promise.resolve([])])('%s are refused', async (inputs) => {
      expect(await errorOf(ground.pool.map(tasks.square, inputs as never))).toBeInstanceOf(TypeError)
      expect(() => ground.pool.imap(tasks.square, inputs as never)).toThrow(TypeError)
      expect(() => ground.pool.mapAsync(tasks.square, inputs as never)).toThrow(TypeError)
    })

    test.each([0, 3])('that fail at %d reject the map with their error, twice in a row (L5, L14)', async (at) => {
      for (let i = 0; i < 2; i++) {
        const error = await errorOf(ground.pool.map(tasks.square, throwingAt(at)))
        expect(error).toBeInstanceOf(SayWhen)
        // It never left this process.
        expect(error.cause).toBe(undefined)
      }
      const asynchronous = (async function* () {
        yield* throwingAt(at)
      })()
      expect(await errorOf(ground.pool.map(tasks.square, asynchronous))).toBeInstanceOf(SayWhen)
      expect(await ground.pool.apply(tasks.square, [3])).toBe(9)
    })

    test('of a list that claims a length and fails reject the map with their error (L5)', async () => {
      const lying = { length: 5, [Symbol.iterator]: () => throwingAt(0) }
      expect(await errorOf(ground.pool.map(tasks.square, lying))).toBeInstanceOf(SayWhen)
    })

    test('are snapshots', async () => {
      const input = { n: 0 }
      const inputs = (function* () {
        for (; input.n < 50; input.n++) yield input
      })()
      const results = await ground.pool.map(tasks.same, inputs)
      expect(results).toEqual(range(50).map((n) => ({ n })))
    })
  })

  describe('what cannot travel', () => {
    test('rejects a map at once, with the path to it (L3)', async () => {
      const { pool } = ground
      const inputs = range(10).map((n) => (n === 4 ? { deep: [() => 1] } : { n }))
      const error = (await errorOf(pool.map(tasks.same, inputs))) as EncodeError
      expect(error).toBeInstanceOf(EncodeError)
      expect([error.path, error.message]).toEqual(['[4].deep[0]', expect.stringContaining('task same')])
      expect(await pool.map(tasks.same, [1, 2])).toEqual([1, 2])
    })

    test('because its encoding throws rejects with that (L3)', async () => {
      const bad = {
        get value() {
          throw new SayWhen('cannot be encoded')
        },
      }
      expect(
        (
          await errorOf(
            ground.pool.map(
              tasks.same,
              range(10).map(() => bad),
            ),
          )
        ).message,
      ).toMatch('cannot be encoded')
      expect(await ground.pool.apply(tasks.square, [3])).toBe(9)
    })

    test('among the results rejects the map; the pool goes on', async () => {
      const error = await errorOf(ground.pool.map(tasks.functionAtThree as never, range(10)))
      expect(error).toBeInstanceOf(EncodeError)
      expect(await ground.pool.apply(tasks.square, [3])).toBe(9)
    })
  })

  test('the first error rejects the map, and what was not begun by then is not', async () => {
    const { Queue } = await import('@millrace/core')
    const ran = new Queue<number>()
    await using pool = ground.make()
    const failing = pool.map(tasks.throwIt, ['at once'], { chunksize: 1 })
    const mapped = pool.map(tasks.evenOnly, [0, 1, 2])
    const behind = pool.map(
      tasks.tellThere,
      range(3).map((value) => ({ queue: ran, value })),
    )
    expect(await failing.catch((error) => error)).toBe('at once')
    expect((await errorOf(mapped)).message).toBe('1 is odd')
    expect(await behind).toEqual([0, 1, 2])
    expect(await ran.qsize()).toBe(3)
  })

  test('what was not begun when a map fails is never begun', async () => {
    const { Queue } = await import('@millrace/core')
    const ran = new Queue<number>()
    await using pool = ground.make()
    const inputs = range(200).map(() => ({ queue: ran, value: 1 }))
    const mapped = pool.map(tasks.tellThere, [...inputs.slice(0, 1), null as never, ...inputs], { chunksize: 1 })
    expect(await errorOf(mapped)).toBeInstanceOf(TypeError)
    await pool.apply(tasks.nothing)
    // Some may have been on their way.
    expect(await ran.qsize()).toBeLessThan(20)
  })

  test.each([0, -1, 1.5, Number.NaN])('a chunksize of %d is refused (L22)', async (chunksize) => {
    const { pool } = ground
    expect(await errorOf(pool.map(tasks.square, [0], { chunksize }))).toBeInstanceOf(ValueError)
    expect(await errorOf(pool.map(tasks.square, [0], chunksize))).toBeInstanceOf(ValueError)
    expect(() => pool.mapAsync(tasks.square, [0], { chunksize })).toThrow(ValueError)
    expect(() => pool.imap(tasks.square, [0], { chunksize })).toThrow(ValueError)
    expect(() => pool.imapUnordered(tasks.square, [0], { buffersize: chunksize })).toThrow(ValueError)
  })

  test('a chunksize that the buffersize does not allow is refused', () => {
    expect(() => ground.pool.imap(tasks.square, [0], { chunksize: 5, buffersize: 4 })).toThrow(ValueError)
  })
}
