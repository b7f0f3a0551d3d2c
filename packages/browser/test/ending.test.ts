import { type MillraceError, Process, ProcessDiedError, Queue, StartError, taskModule } from '@millrace/browser'
import { describe, expect, test } from 'vitest'
import { noneAlive } from './signs.ts'
import { tasks } from './tasks.ts'

type Failing = typeof import('./fixtures/throws-at-start.worker.ts')

const failing = {
  missing: taskModule<Failing>(() => new Worker('/no-such-file.js', { type: 'module' })),
  throws: taskModule<Failing>(
    () => new Worker(new URL('./fixtures/throws-at-start.worker.ts', import.meta.url), { type: 'module' }),
  ),
  throwsLater: taskModule<Failing>(
    () => new Worker(new URL('./fixtures/throws-after-await.worker.ts', import.meta.url), { type: 'module' }),
  ),
  closes: taskModule<Failing>(
    () => new Worker(new URL('./fixtures/closes-at-start.worker.ts', import.meta.url), { type: 'module' }),
  ),
  exposesTwice: taskModule<Failing>(
    () => new Worker(new URL('./fixtures/exposes-twice.worker.ts', import.meta.url), { type: 'module' }),
  ),
  usesMillrace: taskModule<Failing>(
    () => new Worker(new URL('./fixtures/queue-at-start.worker.ts', import.meta.url), { type: 'module' }),
  ),
}

/** What a process that comes to no good is rejected with: by `result`, and by `join()` if it never ran. */
async function outcome(child: Process<unknown>) {
  const error: MillraceError = await child.result.then(
    () => expect.fail('it has returned'),
    (error) => error,
  )
  const joined = await child.join().catch((error) => error)
  return { error, joined, exitCode: child.exitCode }
}

describe('a worker that does not come up', () => {
  test.each([
    ['its script cannot be loaded', failing.missing, 'could not be loaded'],
    ['it throws at start', failing.throws, 'thrown at start'],
    ['it throws at start after an await', failing.throwsLater, 'thrown after an await'],
    ['its task module makes a queue while it is loading', failing.usesMillrace, 'inside functions'],
    ['it calls expose() twice', failing.exposesTwice, 'expose() was called before'],
    ['it closes itself while it is loading', failing.closes, 'closed itself'],
  ])('settles everything with StartError: %s', async (_, module, message) => {
    const queue = new Queue()
    const child = new Process(module.never).start()
    const { error, joined } = await outcome(child)
    expect(error).toBeInstanceOf(StartError)
    expect(error.message).toContain(message)
    expect(joined).toBe(error)
    await queue.put('still works')
    expect(await queue.get()).toBe('still works')
  })

  test('exports no such function: the result says what there is', async () => {
    const child = new Process((tasks as unknown as typeof failing.missing).never).start()
    await expect(child.result).rejects.toThrow(/exports no function never; it exports .*square/)
    await child.join()
    expect(child.exitCode).toBe(1)
  })

  test('is killed while it still loads', async () => {
    const child = new Process(tasks.square, { args: [1] }).start()
    await child.kill()
    await child.join()
    expect(child.exitCode).toBe(-9)
    await expect(child.result).rejects.toThrow(ProcessDiedError)
  })
})

describe('a worker that ends before its function returns', () => {
  test.each([
    ['an error that nobody catches', tasks.throwLater, 'nobody catches this'],
    ['a rejection that nobody awaits', tasks.rejectLater, 'nobody awaits this'],
  ])('dies of %s with exit code 1, and tells why', async (_, task, message) => {
    const news = new Queue<string>()
    const { error, exitCode } = await outcome(new Process(task, { args: [news] }).start())
    expect(error).toBeInstanceOf(ProcessDiedError)
    expect((error as ProcessDiedError).stderr).toContain(message)
    expect(exitCode).toBe(1)
    expect(await news.qsize()).toBe(1)
  })

  test('by self.close(): what it has put before is put, and it exits with 0', async () => {
    const news = new Queue<string>()
    const { error, exitCode } = await outcome(new Process(tasks.closeSelf, { args: [news, false] }).start())
    expect(error).toBeInstanceOf(ProcessDiedError)
    expect(exitCode).toBe(0)
    expect([await news.getNowait(), await news.getNowait()]).toEqual(['first', 'last'])
  })

  test('without a word: its lock tells, and everything settles', async () => {
    const news = new Queue<string>()
    const { error, exitCode } = await outcome(new Process(tasks.closeSelf, { args: [news, true] }).start())
    expect(error).toBeInstanceOf(ProcessDiedError)
    expect((error as ProcessDiedError).stderr).toContain('closed itself, or crashed')
    expect(exitCode).toBe(1)
    expect(await news.getNowait()).toBe('first')
  })

  test('by terminate(): one that listens may clean up, and counts as ended by SIGTERM', async () => {
    const news = new Queue<string>()
    const child = new Process(tasks.waitForTheEnd, { args: [news] }).start()
    await news.get()
    await child.terminate({ grace: 20_000 })
    await child.join()
    expect(await news.getNowait()).toBe('cleaned up')
    expect(child.exitCode).toBe(-15)
  })

  test('by terminate(): one that does not listen is ended at once', async () => {
    const [queue, news] = [new Queue(), new Queue<string>()]
    const child = new Process(tasks.waitFor, { args: [queue, news] }).start()
    await news.get()
    await child.terminate({ grace: 20_000 })
    const { error, exitCode } = await outcome(child)
    expect([(error as ProcessDiedError).signal, exitCode]).toEqual(['SIGTERM', -15])
  })

  test('by terminate() of a busy loop: it is really gone', async () => {
    const news = new Queue<string>()
    const child = new Process(tasks.spin, { args: [news] }).start()
    await news.get()
    await child.terminate({ grace: 50 })
    await child.join()
    expect(child.exitCode).toBe(-15)
    await expect(child.result).rejects.toThrow(ProcessDiedError)
    await noneAlive()
  })

  test('by kill(): what it held is free again, and others go on', async () => {
    const [queue, news] = [new Queue<number>({ maxsize: 1 }), new Queue<string>()]
    const child = new Process(tasks.waitFor, { args: [queue, news] }).start()
    await news.get()
    await child.kill()
    const { error, exitCode } = await outcome(child)
    expect([(error as ProcessDiedError).signal, exitCode]).toEqual(['SIGKILL', -9])
    await queue.putNowait(1)
    expect(await queue.getNowait()).toBe(1)
  })

  test('by kill(), where there are no locks, as in an insecure page', async () => {
    Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
    try {
      const [queue, news] = [new Queue(), new Queue<string>()]
      const child = new Process(tasks.waitFor, { args: [queue, news] }).start()
      await news.get()
      await child.kill()
      expect((await outcome(child)).exitCode).toBe(-9)
      expect(await new Process(tasks.square, { args: [3] }).start().result).toBe(9)
    } finally {
      Reflect.deleteProperty(navigator, 'locks')
    }
  })
})
