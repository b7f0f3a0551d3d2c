import { Process, ProcessDiedError, Queue, taskModule } from '@millrace/node'
import { describe, expect, it } from 'vitest'
import type * as Tasks from '../fixtures/family-tasks.mjs'
import { exists } from '../kill/victims.ts'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof Tasks>(new URL('../fixtures/family-tasks.mjs', import.meta.url))

describe.each(kinds)('a $kind that is asked to terminate', ({ kind }) => {
  it('finishes in order, runs its exit hooks, and dies of SIGTERM (G15)', async () => {
    const log = new Queue<string>()
    const process = new Process(tasks.finish, { args: [log], stdio: 'pipe', kind }).start()
    expect(await log.get()).toBe('ready')
    await process.terminate({ grace: 20_000 })
    expect(await log.get()).toBe('finished')
    expect(String(await firstChunk(process.stderr))).toContain('exit hook')
    await process.join()
    expect(process.exitCode).toBe(-15)
  })

  it('ends at once if it does not use its signal', async () => {
    const log = new Queue<string>()
    const process = new Process(tasks.ignore, { args: [log], kind }).start()
    await log.get()
    const asked = Date.now()
    await process.terminate({ grace: 90_000 })
    await process.join()
    expect(Date.now() - asked).toBeLessThan(60_000)
    expect(process.exitCode).toBe(-15)
  })

  it('is ended from outside after the grace period if it blocks its event loop', async () => {
    const log = new Queue<string>()
    const process = new Process(tasks.block, { args: [log], kind }).start()
    await log.get()
    await process.terminate({ grace: 200 })
    await process.join()
    expect(process.exitCode).toBe(-15)
  })
})

// Other mixes of processes and threads are in `nested.test.ts`.
describe('a process that is asked to terminate and has children', () => {
  it('takes them along', async () => {
    const pids = new Queue<number>()
    const process = new Process(tasks.live, { args: [pids, 3, false] }).start()
    const family = [await pids.get(), await pids.get(), await pids.get()]
    await process.terminate()
    await process.join()
    for (let i = 0; i < 500 && family.some(exists); i++) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(family.filter(exists)).toEqual([])
  })
})

describe.each(kinds)('a $kind that is started by a program which is busy afterwards', ({ kind }) => {
  it('finds the queues that were made for it just before', async () => {
    // From a timer the event loop goes on to what the child sends, and only then to what the program has written.
    const process = await new Promise<Process<number>>((resolve) =>
      setTimeout(() => {
        const queue = new Queue<number>()
        resolve(new Process(tasks.sizeOf, { args: [queue], kind }).start())
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
      }),
    )
    expect(await process.result).toBe(0)
  })
})

describe.each(kinds)('a $kind that ends by itself', ({ kind }) => {
  it('has sent everything that it put, process.exit() included', async () => {
    const queue = new Queue<number>()
    const count = 20_000
    const process = new Process(tasks.putAndExit, { args: [queue, 1, 7], kind }).start()
    await process.join()
    expect(process.exitCode).toBe(7)
    const returning = new Process(tasks.putAndReturn, { args: [queue, count], kind }).start()
    await returning.join()
    expect(returning.exitCode).toBe(0)
    const first = (await queue.qsize()) - count
    expect([0, 1]).toContain(first)
    if (first === 1) expect(await queue.get()).toBe(0)
    for (let i = 0; i < count; i++) expect(await queue.get()).toBe(i)
  })

  it('ends with exit code 13 if its function waits for something that can never happen', async () => {
    const process = new Process(tasks.waitForNothing, { stdio: 'pipe', kind }).start()
    await expect(process.result).rejects.toThrow(ProcessDiedError)
    await process.join()
    expect(process.exitCode).toBe(13)
  })

  it('has the last 8 KiB of its standard error in the error of its result', async () => {
    const process = new Process(tasks.writeError, { args: [100_000, 5], stdio: 'pipe', kind }).start()
    const error = await process.result.then(
      () => undefined,
      (reason: ProcessDiedError) => reason,
    )
    expect(error).toBeInstanceOf(ProcessDiedError)
    expect(error).toMatchObject({ exitCode: 5, signal: null, pid: process.pid })
    expect(error!.stderr.length).toBe(8 * 1024)
    expect(error!.stderr.endsWith('xxxthe end')).toBe(true)
  })
})

describe('a consumer that is stopped', () => {
  it('does not make the program buffer more than the bound', async () => {
    const queue = new Queue<Uint8Array>({ maxsize: 100 })
    const ready = new Queue<string>()
    const process = new Process(tasks.hoard, { args: [queue, ready] }).start()
    const before = globalThis.process.memoryUsage().arrayBuffers
    const item = new Uint8Array(64 * 1024)
    let put = 0
    const refused = (async () => {
      for (; ; put++) await queue.put(item, { timeout: 1_000 })
    })()
    await expect(refused).rejects.toThrow('stayed full')
    expect(put).toBeLessThanOrEqual(101)
    expect(put).toBeGreaterThanOrEqual(100)
    expect(globalThis.process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 64 * 1024 * 5)
    await process.kill()
    await process.join()
    expect(await queue.qsize()).toBeGreaterThanOrEqual(99)
  })
})

async function firstChunk(stream: unknown): Promise<Buffer | undefined> {
  for await (const chunk of stream as AsyncIterable<Buffer>) return chunk
}
