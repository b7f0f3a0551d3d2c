import { CancelledError, Queue, SharedEvent, TimeoutError, ValueError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { range } from '../observed.ts'
import { errorOf, type Ground, outcomesOf, until } from './ground.ts'

/** Timeouts, signals, and what becomes of those who do not listen to them. */
export function patience(ground: Ground): void {
  const { tasks } = ground

  test('a call whose time is over rejects, and its task is told (G42)', async () => {
    const news = new Queue<string>()
    const error = await errorOf(ground.pool.apply(tasks.listen, [news], { timeout: 100 }))
    expect([error, error.message]).toEqual([expect.any(TimeoutError), 'task listen was not done within 100 ms'])
    await ground.pool.apply(tasks.tell, [news as Queue<unknown>, 'next'])
    const heard: string[] = []
    const isOver = () => heard.includes('next') && (!heard.includes('listening') || heard.length === 3)
    while (!isOver()) heard.push(await news.get())
    // It had perhaps not begun.
    if (heard.length === 3) expect(heard).toContainEqual(expect.stringMatching('stopped: task listen was not done'))
  })

  test('an aborted call rejects with the reason, and its task is told', async () => {
    const [news, controller] = [new Queue<string>(), new AbortController()]
    const options = { signal: controller.signal }
    const call = ground.pool.apply(tasks.listen, [news], options)
    await news.get()
    controller.abort('enough')
    expect(await call.catch((reason) => reason)).toBe('enough')
    expect(await news.get()).toBe('stopped: enough')
    // One that is aborted before is not begun.
    const late = [
      ground.pool.apply(tasks.listen, [news], options),
      ground.pool.map(tasks.listen, [news], options),
      ground.pool.applyAsync(tasks.listen, [news], options),
    ]
    expect(await Promise.all(late.map((each) => each.then(undefined, (reason) => reason)))).toEqual(
      Array(3).fill('enough'),
    )
    await ground.pool.map(tasks.square, range(10))
    expect(await news.qsize()).toBe(0)
  })

  test('a task that gives values without an end is left when nobody wants them any more, and its worker goes on', async () => {
    await using pool = ground.make({ grace: 60_000 })
    const [news, controller] = [new Queue<number | string>(), new AbortController()]
    const call = pool.apply(tasks.endless, [news], { signal: controller.signal })
    expect(await news.get()).toBe(0)
    controller.abort('enough')
    expect(await call.catch((reason) => reason)).toBe('enough')
    while ((await news.get()) !== 'left');
    expect(await pool.apply(tasks.square, [3])).toBe(9)
  })

  test.each([0, -1, -Number.MAX_VALUE])('a timeout of %d is over at once', async (timeout) => {
    const gate = new SharedEvent()
    const call = ground.pool.apply(tasks.waitFor, [gate], { timeout })
    expect(await errorOf(call)).toBeInstanceOf(TimeoutError)
    expect(await errorOf(ground.pool.map(tasks.waitFor, [gate], { timeout }))).toBeInstanceOf(TimeoutError)
    expect(await outcomesOf(ground.pool.imap(tasks.waitFor, [gate], { timeout }), 2)).toEqual([
      expect.any(TimeoutError),
      undefined,
    ])
    await gate.set()
  })

  test.each([0, -1])('a timeout of %d gives up before anything is begun, or any input is read', async (timeout) => {
    const { pool } = ground
    const before = pool.stats
    let read = 0
    function* inputs() {
      for (;;) yield read++
    }
    const calls = [
      pool.apply(tasks.square, [1], { timeout }),
      pool.map(tasks.square, inputs(), { timeout }),
      pool.applyAsync(tasks.square, [1], { timeout }),
    ].map(errorOf)
    const results = pool.imap(tasks.square, inputs(), { timeout })
    // What is sent next takes along whatever was handed out.
    expect(await pool.apply(tasks.square, [3])).toBe(9)
    expect(await Promise.all(calls)).toEqual(Array(3).fill(expect.any(TimeoutError)))
    expect(await outcomesOf(results, 2)).toEqual([expect.any(TimeoutError), undefined])
    expect([read, pool.stats.completed - before.completed]).toEqual([0, 1])
  })

  test.each([Number.NaN, '5', null, {}])('a timeout of %s is refused', async (timeout) => {
    const options = { timeout } as never
    expect(await errorOf(ground.pool.apply(tasks.square, [3], options))).toBeInstanceOf(TypeError)
    expect(await errorOf(ground.pool.map(tasks.square, [3], options))).toBeInstanceOf(TypeError)
    expect(() => ground.pool.applyAsync(tasks.square, [3], options)).toThrow(TypeError)
    expect(() => ground.pool.imap(tasks.square, [3], options)).toThrow(TypeError)
    const result = ground.pool.applyAsync(tasks.square, [3])
    expect(await errorOf(result.get(options))).toBeInstanceOf(TypeError)
    expect(await errorOf(result.wait(options))).toBeInstanceOf(TypeError)
    expect(await result).toBe(9)
    const results = ground.pool.imap(tasks.square, [3])
    expect(await errorOf(results.next(options))).toBeInstanceOf(TypeError)
    expect(await results.next()).toEqual({ done: false, value: 9 })
    await results.return()
  })

  test.each([null, {}, 'stop'])('a signal of %o is refused, and nothing is left of the call', async (signal) => {
    const options = { signal } as never
    const before = ground.pool.stats.open
    expect(await errorOf(ground.pool.apply(tasks.square, [3], options))).toBeInstanceOf(TypeError)
    expect(await errorOf(ground.pool.map(tasks.square, [3], options))).toBeInstanceOf(TypeError)
    expect(() => ground.pool.imap(tasks.square, [3], options)).toThrow(TypeError)
    expect(ground.pool.stats.open).toBe(before)
    const result = ground.pool.applyAsync(tasks.square, [3])
    expect(await errorOf(result.get(options))).toBeInstanceOf(TypeError)
    expect(await result).toBe(9)
  })

  test.each([0, -1, Number.NaN])('an attemptTimeout of %d is refused', async (attemptTimeout) => {
    expect(await errorOf(ground.pool.apply(tasks.square, [3], { attemptTimeout }))).toBeInstanceOf(ValueError)
  })

  test.each([Number.POSITIVE_INFINITY, 2 ** 40])('a timeout of %d is none', async (timeout) => {
    expect(await ground.pool.apply(tasks.pause, [5], { timeout, attemptTimeout: timeout })).toBe(5)
    expect(await ground.pool.applyAsync(tasks.pause, [5]).get({ timeout })).toBe(5)
    expect(await ground.pool.imap(tasks.pause, [5], { timeout }).next({ timeout })).toEqual({ done: false, value: 5 })
  })

  test('get() with a timeout gives the task up, unless somebody else waits for it (G42)', async () => {
    const gate = new SharedEvent()
    const wanted = ground.pool.applyAsync(tasks.waitFor, [gate, undefined, 1])
    const waiting = wanted.get()
    expect(await errorOf(wanted.get({ timeout: 20 }))).toBeInstanceOf(TimeoutError)
    const news = new Queue<string>()
    const unwanted = ground.pool.applyAsync(tasks.listen, [news])
    await news.get()
    expect(await errorOf(unwanted.get({ timeout: 20 }))).toBeInstanceOf(TimeoutError)
    expect(await news.get()).toMatch('stopped')
    expect(await errorOf(unwanted)).toBeInstanceOf(TimeoutError)
    await gate.set()
    expect(await waiting).toBe(1)
  })

  test('cancel() gives the task up, once', async () => {
    const news = new Queue<string>()
    const result = ground.pool.applyAsync(tasks.listen, [news])
    await news.get()
    expect([result.cancel(), result.cancel(), result.ready()]).toEqual([true, false, true])
    expect(await errorOf(result)).toBeInstanceOf(CancelledError)
    expect(await news.get()).toMatch('stopped')
  })

  test('the timeout of a map is for all of it, and what was not begun is not', async () => {
    const [gate, ran] = [new SharedEvent(), new Queue<number>()]
    await using pool = ground.make()
    const first = pool.apply(tasks.waitFor, [gate])
    const inputs = range(5).map((value) => ({ queue: ran, value }))
    expect(await errorOf(pool.map(tasks.tellThere, inputs, { timeout: 50 }))).toBeInstanceOf(TimeoutError)
    await gate.set()
    await first
    await pool.apply(tasks.nothing)
    expect(await ran.qsize()).toBe(0)
  })

  test('an iterator whose time is over, or that is aborted, rejects once and is done', async () => {
    const gate = new SharedEvent()
    const controller = new AbortController()
    const inputs = range(3).map((value) => ({ gate, value }))
    const late = ground.pool.imap(tasks.waitThere, inputs, { timeout: 30 })
    const aborted = ground.pool.imap(tasks.waitThere, inputs, { signal: controller.signal })
    expect(await outcomesOf(late, 2)).toEqual([expect.any(TimeoutError), undefined])
    controller.abort('enough')
    expect(await outcomesOf(aborted, 2)).toEqual(['enough', undefined])
    await gate.set()
  })

  describe('a task that does not stop', () => {
    test.each(['ignore', 'spin'] as const)(
      'is ended with its worker after the grace; another takes its place: %s',
      async (task) => {
        await using pool = ground.make({ grace: 50 })
        const [news, controller] = [new Queue<string>(), new AbortController()]
        const before = await pool.apply(tasks.whoAmI)
        const call = pool.apply(tasks[task], [news], { signal: controller.signal })
        await news.get()
        const behind = pool.apply(tasks.whoAmI)
        controller.abort('enough')
        expect(await call.catch((reason) => reason)).toBe('enough')
        expect(await behind).not.toBe(before)
      },
    )

    test('takes no task with it that runs beside it', async () => {
      await using pool = ground.make({ grace: 100, concurrency: 2 })
      const [gate, news, controller] = [new SharedEvent(), new Queue<string>(), new AbortController()]
      const stubborn = pool.apply(tasks.ignore, [news], { signal: controller.signal })
      const happy = pool.apply(tasks.waitFor, [gate, news, 'happy'])
      await Promise.all([news.get(), news.get()])
      controller.abort('enough')
      expect(await stubborn.catch((reason) => reason)).toBe('enough')
      // Others go on elsewhere meanwhile; and that is long enough for the worker to be ended, if it were.
      expect(await pool.apply(tasks.pause, [500])).toBe(500)
      await gate.set()
      expect(await happy).toBe('happy')
    })
  })

  test('a task that was given up and stops in good order keeps its worker', async () => {
    const workers = new Set(await ground.pool.broadcast(tasks.whoAmI))
    const [news, controller] = [new Queue<string>(), new AbortController()]
    const call = ground.pool.apply(tasks.listen, [news], { signal: controller.signal })
    await news.get()
    controller.abort('enough')
    await call.catch(() => {})
    await news.get()
    await until(() => ground.pool.stats.running === 0)
    expect(new Set(await ground.pool.broadcast(tasks.whoAmI))).toEqual(workers)
  })

  test('a call can be aborted at every moment: it settles once, and the pool goes on', async () => {
    const calls = range(60).map((n) => {
      const controller = new AbortController()
      const call = ground.pool.apply(tasks.same, [n], { signal: controller.signal })
      setTimeout(() => controller.abort('enough'), n / 10)
      return call.catch((reason) => reason)
    })
    const outcomes = await Promise.all(calls)
    for (const [n, outcome] of outcomes.entries()) expect([n, 'enough']).toContain(outcome)
    expect(await ground.pool.map(tasks.square, range(10))).toEqual(range(10).map((n) => n * n))
  })
}
