import { EncodeError, Queue, SharedEvent, TimeoutError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { observe, range } from '../observed.ts'
import { errorOf, type Ground, listOf, outcomesOf, until } from './ground.ts'

class SayWhen extends Error {}

/** Numbers without an end, and how many were read, and whether it was left. */
function endless() {
  const source = {
    read: 0,
    left: false,
    *[Symbol.iterator]() {
      try {
        for (;;) yield source.read++
      } finally {
        source.left = true
      }
    },
  }
  return source
}

function* throwingAt(at: number, length: number): Generator<number> {
  for (let i = 0; i < length; i++) {
    if (i === at) throw new SayWhen('when')
    yield i
  }
}

/** `imap` and `imapUnordered`. */
export function iterators(ground: Ground): void {
  const { tasks } = ground

  test('imap() gives the results in order, and is done again and again at its end (L7)', async () => {
    const results = ground.pool.imap(tasks.square, range(10))
    for (const n of range(10)) expect(await results.next()).toEqual({ done: false, value: n * n })
    for (const _ of range(3)) expect(await results.next()).toEqual({ done: true, value: undefined })
  })

  test.each([1, 100, undefined])(
    'a thousand inputs come to a thousand results (L7, L9), chunksize %s',
    async (chunksize) => {
      const options = chunksize === undefined ? {} : { chunksize }
      const squares = range(1_000).map((n) => n * n)
      expect(await listOf(ground.pool.imap(tasks.square, range(1_000), options))).toEqual(squares)
      const unordered = await listOf(ground.pool.imapUnordered(tasks.square, range(1_000), options))
      expect(unordered.sort((a, b) => a - b)).toEqual(squares)
    },
  )

  test('imapUnordered() gives what is ready first', async () => {
    const gate = new SharedEvent()
    const inputs = [{ gate, value: 'late' }, ...range(4).map((value) => ({ gate: open, value }))]
    const results = ground.pool.imapUnordered(tasks.waitThere, inputs, { chunksize: 1 })
    const first = [await results.next(), await results.next(), await results.next(), await results.next()]
    expect(new Set(first.map(({ value }) => value))).toEqual(new Set(range(4)))
    await gate.set()
    expect([await results.next(), await results.next()]).toEqual([
      { done: false, value: 'late' },
      { done: true, value: undefined },
    ])
  })
  const open = new SharedEvent()
  void open.set()

  test.each([1, 3, undefined])(
    'a call that fails rejects its own next(), and the others follow (L10), chunksize %s',
    async (chunksize) => {
      const results = ground.pool.imap(tasks.evenOnly, range(5), chunksize === undefined ? {} : { chunksize })
      const outcomes = await outcomesOf(results, 6)
      expect(outcomes.map((each) => (each instanceof Error ? each.message : each))).toEqual([
        [0],
        '1 is odd',
        [2],
        '3 is odd',
        [4],
        undefined,
      ])
      expect(outcomes[1]).toBeInstanceOf(RangeError)
    },
  )

  test.each([1, 2])(
    'an error of the inputs comes after the results of those before (L9), chunksize %d',
    async (chunksize) => {
      for (const [at, length] of [
        [0, 10],
        [3, 10],
        [7, 20],
      ] as const) {
        for (const method of ['imap', 'imapUnordered'] as const) {
          const results = ground.pool[method](tasks.square, throwingAt(at, length), { chunksize })
          const outcomes = await outcomesOf(results, at + 2)
          const values = outcomes.slice(0, at) as number[][]
          expect(values.flat().sort((a, b) => a - b)).toEqual(range(at).map((n) => n * n))
          expect(outcomes.slice(at)).toEqual([expect.any(SayWhen), undefined])
        }
      }
    },
  )

  test('next() can be asked many times at once; each has its own result', async () => {
    const results = ground.pool.imap(tasks.square, range(5))
    const all = await Promise.all(range(7).map(() => results.next()))
    expect(all.map(({ value }) => value)).toEqual([0, 1, 4, 9, 16, undefined, undefined])
  })

  test('next() with a timeout gives up by itself, and the result is there for the next one (L10)', async () => {
    const gate = new SharedEvent()
    const results = ground.pool.imap(tasks.waitThere, [{ gate, value: 1 }])
    expect(await errorOf(results.next({ timeout: 20 }))).toBeInstanceOf(TimeoutError)
    expect(await errorOf(results.next({ timeout: 0 }))).toBeInstanceOf(TimeoutError)
    const controller = new AbortController()
    const aborted = results.next({ signal: controller.signal })
    const patient = results.next()
    controller.abort('enough')
    expect(await aborted.catch((reason) => reason)).toBe('enough')
    await gate.set()
    expect([await patient, await results.next()]).toEqual([
      { done: false, value: 1 },
      { done: true, value: undefined },
    ])
  })

  describe('never more than buffersize inputs are ahead of the consumer (G25)', () => {
    test.each(['imap', 'imapUnordered'] as const)('%s', async (method) => {
      const source = endless()
      const results = ground.pool[method](tasks.square, source, { buffersize: 10 })
      for (let taken = 1; taken <= 30; taken++) {
        await results.next()
        // One is being asked for.
        expect(source.read).toBeLessThanOrEqual(taken + 10)
      }
      await ground.pool.map(tasks.square, range(20))
      expect(source.read).toBeLessThanOrEqual(40)
      await results.return()
      expect(source.left).toBe(true)
    })

    test('unless given, four chunks for each worker', async () => {
      const source = endless()
      const results = ground.pool.imap(tasks.square, source)
      await results.next()
      await ground.pool.map(tasks.square, range(20))
      expect(source.read).toBeLessThanOrEqual(1 + 4 * 2)
      await results.return()
    })
  })

  describe('to leave is to give up', () => {
    test('the inputs are ended, what runs is told, and what waits is not begun', async () => {
      const [news, source] = [new Queue<string>(), endless()]
      const inputs = (function* () {
        for (const _ of source) yield { news }
      })()
      for await (const _ of ground.pool.imap(tasks.same, source, { buffersize: 4 })) break
      expect(source.left).toBe(true)
      source.left = false
      const results = ground.pool.imap(tasks.listenThere, inputs, { buffersize: 4, chunksize: 1 })
      expect([await news.get(), await news.get()]).toEqual(['listening', 'listening'])
      await results.return()
      expect([await news.get(), await news.get()]).toEqual(Array(2).fill('stopped: nobody takes the results any more'))
      expect(source.left).toBe(true)
      expect(await ground.pool.map(tasks.square, [1, 2])).toEqual([1, 4])
      expect(await news.qsize()).toBe(0)
    })

    test('also by unsubscribing, by an error of the loop, and by `await using`', async () => {
      const source = endless()
      const subscription = ground.pool.imap(tasks.square, source, { buffersize: 2 }).subscribe({
        next: (value) => value === 4 && subscription.unsubscribe(),
      })
      await until(() => source.left)
      const looped = endless()
      const loop = async () => {
        for await (const _ of ground.pool.imap(tasks.square, looped)) throw new SayWhen('out')
      }
      expect(await errorOf(loop())).toBeInstanceOf(SayWhen)
      const used = endless()
      {
        await using results = ground.pool.imap(tasks.square, used)
        await results.next()
      }
      expect([looped.left, used.left]).toEqual([true, true])
    })

    test('whoever waits for a next result then is told that there is none', async () => {
      const gate = new SharedEvent()
      const results = ground.pool.imap(tasks.waitThere, [{ gate, value: 1 }])
      const waiting = observe(results.next())
      await results.return()
      expect(await waiting.promise).toEqual({ done: true, value: undefined })
      expect(await results.next()).toEqual({ done: true, value: undefined })
      await gate.set()
    })

    test('inputs that are waited for are left, when they come', async () => {
      let left = false
      const inputs = (async function* () {
        try {
          yield 1
          await new Promise((resolve) => setTimeout(resolve, 20))
          yield 2
        } finally {
          left = true
        }
      })()
      const results = ground.pool.imap(tasks.square, inputs)
      expect(await results.next()).toEqual({ done: false, value: 1 })
      await results.return()
      await until(() => left)
    })
  })

  describe('the results of one are the inputs of another', () => {
    test.each([undefined, 1, 7])('each goes through both, in order; chunksize %s', async (chunksize) => {
      const options = chunksize === undefined ? {} : { chunksize }
      const once = ground.pool.imap(tasks.square, range(300), options)
      expect(await listOf(ground.pool.imap(tasks.square, once, options))).toEqual(range(300).map((n) => n ** 4))
    })

    test('what the first fails of comes behind the results of those before, and is the last', async () => {
      const once = ground.pool.imap(tasks.evenOnly, [0, 2, 4, 5, 6], { chunksize: 5 })
      const outcomes = await outcomesOf(ground.pool.imap(tasks.square, once), 5)
      expect(outcomes).toEqual([[0], [4], [16], expect.any(Error), undefined])
    })

    test('never more are ahead of the consumer than both may have, and to leave is to leave both', async () => {
      const source = endless()
      const once = ground.pool.imap(tasks.square, source, { buffersize: 6 })
      const twice = ground.pool.imap(tasks.square, once, { buffersize: 4 })
      for (let taken = 1; taken <= 30; taken++) {
        await twice.next()
        // One is being asked for of each.
        expect(source.read).toBeLessThanOrEqual(taken + 6 + 4 + 1)
      }
      await twice.return()
      expect(source.left).toBe(true)
    })
  })

  test('an input that cannot travel fails its own next(), whatever its chunk', async () => {
    const inputs = [1, () => 2, 3]
    const outcomes = await outcomesOf(ground.pool.imap(tasks.same, inputs, { chunksize: 3 }), 4)
    expect(outcomes).toEqual([[1], expect.any(EncodeError), [3], undefined])
  })

  test('a result that cannot travel fails its own next(), whatever its chunk', async () => {
    const outcomes = await outcomesOf(ground.pool.imap(tasks.functionAtThree as never, range(5), { chunksize: 5 }), 6)
    expect(outcomes).toEqual([[0], [1], [2], expect.any(EncodeError), [4], undefined])
  })

  test('the results are an Observable, too', async () => {
    const seen: unknown[] = []
    await new Promise<void>((resolve, reject) =>
      ground.pool
        .imap(tasks.square, range(4))
        .subscribe({ next: (value) => seen.push(value), error: reject, complete: resolve }),
    )
    expect(seen).toEqual([0, 1, 4, 9])
    const error = await new Promise((resolve) =>
      ground.pool.imap(tasks.evenOnly, range(4)).subscribe({ next: (value) => seen.push(value), error: resolve }),
    )
    expect([error, seen]).toEqual([expect.any(RangeError), [0, 1, 4, 9, 0]])
  })
}
