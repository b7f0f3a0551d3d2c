import { EncodeError, Pipe, Queue, registerClass, SharedEvent } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { range } from '../observed.ts'
import { errorOf, type Ground, listOf, outcomesOf } from './ground.ts'

class Guest {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

const MEBIBYTE = 1024 * 1024

/** What arguments, inputs and results may be: snapshots, handles, what is moved, and what is large. */
export function values(ground: Ground): void {
  const { tasks } = ground
  registerClass(Guest, { name: 'Guest' })

  test('arguments are snapshots of the time of the call', async () => {
    const list = [1]
    const calls = range(50).map(() => {
      const call = ground.pool.apply(tasks.same, [list])
      list[0]!++
      return call
    })
    expect(await Promise.all(calls)).toEqual(range(50).map((n) => [n + 1]))
  })

  test('an instance of a class that the task module registers arrives as one, though the worker has still to load that', async () => {
    await using pool = ground.make({ processes: 2 })
    if (ground.kind !== 'worker') await pool.prewarm()
    const guest = new Guest(5)
    const calls = [
      pool.apply(tasks.greet, [guest]),
      pool.apply(tasks.greetTwice, [[guest, guest]]),
      pool.map(tasks.greet, [guest, guest]),
      listOf(pool.imap(tasks.greet, [guest])),
    ]
    expect(await Promise.all(calls)).toEqual([5, [5, true], [5, 5], [5]])
  })

  test('an object that occurs twice arrives as one, and so does a cycle', async () => {
    const shared = { n: 1 }
    const cycle: Record<string, unknown> = { shared: [shared, shared] }
    cycle.self = cycle
    const [back] = await ground.pool.map(tasks.same, [cycle])
    expect(back).toEqual(cycle)
    expect(await ground.pool.apply(tasks.same, [cycle])).toEqual(cycle)
    expect(await listOf(ground.pool.imap(tasks.same, [cycle, 1]))).toEqual([cycle, 1])
    // Also if it has to be done again.
    expect(await ground.pool.starmap(tasks.flakyWith, [[1, cycle]], { retries: 1, backoff: 1 })).toEqual([cycle])
  })

  test('handles are arguments and results', async () => {
    const queue = new Queue<number>()
    expect(await ground.pool.apply(tasks.same, [{ queue }])).toEqual({ queue })
    await ground.pool.map(
      tasks.tellThere,
      range(5).map((value) => ({ queue, value })),
    )
    expect(await queue.qsize()).toBe(5)
    const event = (await ground.pool.apply(tasks.same, [new SharedEvent()])) as SharedEvent
    await event.set()
    expect(await event.isSet()).toBe(true)
  })

  test('a pool cannot be sent (L22)', async () => {
    const error = await errorOf(ground.pool.apply(tasks.same, [ground.pool]))
    expect([error, error.message]).toEqual([expect.any(EncodeError), expect.stringContaining('Pool')])
    const result = ground.pool.applyAsync(tasks.nothing)
    expect(await errorOf(ground.pool.apply(tasks.same, [result]))).toBeInstanceOf(EncodeError)
    await result
  })

  describe('an end of a pipe', () => {
    test('moves to the worker with what is beside it as it was', async () => {
      const [here, there] = Pipe<string>()
      const list = [1]
      const call = ground.pool.apply(tasks.receiveBeside, [{ connection: there, list }] as never)
      list.push(2)
      await here.send('hello')
      expect(await call).toEqual(['hello', [1]])
      await here.close()
    })

    test('moves in a map and an iterator, too', async () => {
      const pipes = range(4).map(() => Pipe<string>())
      const [one, two] = [pipes.slice(0, 2), pipes.slice(2)]
      const mapped = ground.pool.map(tasks.receive, one.map(([, there]) => there) as never)
      const iterated = listOf(ground.pool.imap(tasks.receive, two.map(([, there]) => there) as never))
      for (const [here] of pipes) await here.send('hello')
      expect([await mapped, await iterated]).toEqual([
        ['hello', 'hello'],
        ['hello', 'hello'],
      ])
      for (const [here] of pipes) await here.close()
    })
  })

  describe('what is large', () => {
    const large = new Uint8Array(5 * MEBIBYTE).fill(1)

    test('arguments and results of many mebibytes travel', async () => {
      expect(await ground.pool.apply(tasks.lengthOfBytes, [large])).toBe(5 * MEBIBYTE)
      expect(
        await ground.pool.map(
          tasks.lengthOf,
          range(3).map((n) => 'x'.repeat(n * MEBIBYTE)),
        ),
      ).toEqual([0, MEBIBYTE, 2 * MEBIBYTE])
      expect((await ground.pool.apply(tasks.textOf, [5 * MEBIBYTE])).length).toBe(5 * MEBIBYTE)
    })

    test('inputs that are too large together go one by one', async () => {
      const inputs = range(4).map(() => large)
      expect(await ground.pool.map(tasks.lengthOfBytes, inputs, { chunksize: 4 })).toEqual(
        inputs.map(() => 5 * MEBIBYTE),
      )
      expect(await listOf(ground.pool.imap(tasks.lengthOfBytes, inputs, { chunksize: 4 }))).toEqual(
        inputs.map(() => 5 * MEBIBYTE),
      )
    })

    test('results that are too large together come one by one', async () => {
      const lengths = range(4).map(() => 5 * MEBIBYTE)
      const texts = await ground.pool.map(tasks.textOf, lengths, { chunksize: 4 })
      expect(texts.map((text) => text.length)).toEqual(lengths)
      const iterated = await listOf(ground.pool.imap(tasks.textOf, lengths, { chunksize: 4 }))
      expect(iterated.map((text) => text.length)).toEqual(lengths)
    })

    test('an input that is larger than a frame rejects its map at once, and nobody else is harmed', async () => {
      const huge = 'x'.repeat(17 * MEBIBYTE)
      const others = ground.pool.map(tasks.square, range(10))
      for (const inputs of [[huge], ['a', huge, 'b'], [{ huge }], [{ a: 1 }, { huge }]] as unknown[][]) {
        const error = await errorOf(ground.pool.map(tasks.same, inputs))
        expect([error, error.message]).toEqual([expect.any(EncodeError), expect.stringMatching(/task same.*maxFrame/)])
        const outcomes = await outcomesOf(ground.pool.imap(tasks.same, [1, ...inputs.slice(-2)], { chunksize: 3 }), 3)
        expect(outcomes).toContainEqual(expect.any(EncodeError))
        expect(outcomes).toContainEqual([1])
      }
      expect((await errorOf(ground.pool.apply(tasks.same, [huge]))).message).toMatch(/task same.*maxFrame/)
      expect(await others).toEqual(range(10).map((n) => n * n))
    })

    test('a result that is larger than a frame fails its own call', async () => {
      const error = await errorOf(ground.pool.apply(tasks.textOf, [17 * MEBIBYTE]))
      expect([error, error.message]).toEqual([expect.any(EncodeError), expect.stringMatching(/task textOf.*maxFrame/)])
      const outcomes = await outcomesOf(ground.pool.imap(tasks.textOf, [1, 17 * MEBIBYTE, 2], { chunksize: 3 }), 4)
      expect(outcomes).toEqual([['x'], expect.any(EncodeError), ['xx'], undefined])
      expect(await errorOf(ground.pool.map(tasks.textOf, [1, 17 * MEBIBYTE], { chunksize: 2 }))).toBeInstanceOf(
        EncodeError,
      )
      expect(await ground.pool.apply(tasks.square, [3])).toBe(9)
    })
  })
}
