import { setTimeout as sleep } from 'node:timers/promises'
import { EmptyError, EncodeError, Process, Queue, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { expectTimeout, observe, range, timed } from '../../core/conformance/observed.ts'
import { eventually, residentBytes } from './processes.ts'

const tasks = taskModule<typeof import('./fixtures/queue-tasks.mjs')>(
  new URL('./fixtures/queue-tasks.mjs', import.meta.url),
)

// Where Python's queues hang, lose items or say what is not so.
describe.concurrent('a queue, where Python fails', () => {
  test('producers killed in the middle of a frame break nothing: whole items, real timeouts, others go on (G01)', async () => {
    const [queue, ready] = [new Queue<Uint8Array>({ maxsize: 4 }), new Queue<number>()]
    const SIZE = 1_000_000
    const start = () => new Process(tasks.putLarge, { args: [queue, ready, SIZE] }).start()
    for (let round = 0; round < 4; round++) {
      const children = [start(), start()]
      for (const _ of children) await ready.get()
      // An item is many times what a pipe holds, so a kill hits one on its way sooner or later.
      for (let i = 0; i < 5 + round; i++) whole(await queue.get())
      await Promise.all(children.map((child) => child.kill()))
      await Promise.all(children.map((child) => child.join()))
    }
    for (let left = await queue.qsize(); left > 0; left--) whole(await queue.getNowait())
    await expectTimeout(queue.get({ timeout: 100 }), EmptyError, 100)
    const child = start()
    whole(await queue.get())
    await child.kill()
    await child.join()

    function whole(item: Uint8Array): void {
      expect(item.length).toBe(SIZE)
      expect(item.every((byte) => byte === item[0])).toBe(true)
    }
  })

  test('idle consumers are killed, and the next item goes to one that lives (G02)', async () => {
    const [queue, ready] = [new Queue<string>(), new Queue<number>()]
    const start = () => new Process(tasks.waitForItem, { args: [queue, ready] }).start()
    const [first, second, survivor] = [start(), start(), start()]
    for (let i = 0; i < 3; i++) await ready.get()
    await Promise.all([first.kill(), second.kill()])
    await Promise.all([first.join(), second.join()])
    await queue.put('for the survivor')
    expect(await survivor.result).toBe('for the survivor')
    const waiting = queue.get({ timeout: 30_000 })
    await queue.put('for the parent')
    expect(await waiting).toBe('for the parent')
  })

  test('a child whose puts found room ends although nobody has read them (G03)', async () => {
    const queue = new Queue<Uint8Array>({ maxsize: 5 })
    const go = new Queue<null>()
    await go.put(null)
    const items = range(5).map((i) => new Uint8Array(300_000).fill(i))
    const child = new Process(tasks.putWhenTold, { args: [queue, go, items] }).start()
    await child.join()
    expect(child.exitCode).toBe(0)
    for (const i of range(5)) expect((await queue.get())[299_999]).toBe(i)
  })

  test('a child whose puts found no room says so, waits, and ends once they are read (G03)', async () => {
    const queue = new Queue<number>({ maxsize: 1 })
    const child = new Process(tasks.putTooMuch, { args: [queue, 5, false], stdio: 'pipe' }).start()
    await child.result
    const complaint = await firstChunk(child.stderr)
    expect(complaint).toContain('4 items')
    expect(complaint).toContain('cancelJoinThread()')
    expect(await child.isAlive()).toBe(true)
    for (const i of range(5)) expect(await queue.get()).toBe(i)
    await child.join()
    expect(child.exitCode).toBe(0)
  })

  test('after cancelJoinThread() a child ends although its puts found no room, and they are lost (G03)', async () => {
    const queue = new Queue<number>({ maxsize: 1 })
    const child = new Process(tasks.putTooMuch, { args: [queue, 5, true] }).start()
    await child.join()
    expect([child.exitCode, await queue.qsize(), await queue.get()]).toEqual([0, 1, 0])
    await expect(queue.getNowait()).rejects.toThrow(EmptyError)
  })

  test('what cannot travel is refused where it is put, with the path to it, and nothing else is lost (G05)', async () => {
    const queue = new Queue<string>({ maxsize: 1 })
    const refusal = (await new Process(tasks.putUnencodable, { args: [queue] }).start().result) as EncodeError
    expect(refusal).toBeInstanceOf(EncodeError)
    expect(refusal.path).toBe('.job.run')
    expect(await queue.get()).toBe('next')
  })

  test('an object that changes after put() arrives as it was, deep down (G06)', async () => {
    const queue = new Queue<{ n: number; list: number[] }>({ maxsize: 20 })
    const child = new Process(tasks.putAndChange, { args: [queue, 200] }).start()
    for (const n of range(200)) expect(await queue.get()).toEqual({ n, list: range(n + 1) })
    await child.join()
  })

  test('a stopped consumer costs the parent no more memory than the bound allows, and loses nothing', async () => {
    const [queue, ready] = [new Queue<Uint8Array>({ maxsize: 100 }), new Queue<number>()]
    const SIZE = 64 * 1024
    const consumer = new Process(tasks.takeUntilNull, { args: [queue] }).start()
    await queue.put(new Uint8Array(1))
    await eventually('consuming', () => queue.empty())
    process.kill(consumer.pid!, 'SIGSTOP')
    const before = await residentBytes(process.pid)
    const producer = new Process(tasks.putLarge, { args: [queue, ready, SIZE] }).start()
    await ready.get()
    await eventually('full', () => queue.full())
    await sleep(500)
    const grown = (await residentBytes(process.pid)) - before
    expect(await queue.qsize()).toBe(100)
    // 100 items are 6.4 MB; without a bound the producer would have sent hundreds of megabytes by now.
    expect(grown).toBeLessThan(100 * 1024 * 1024)
    await producer.kill()
    await producer.join()
    process.kill(consumer.pid!, 'SIGCONT')
    await eventually('drained', () => queue.empty())
    await queue.put(null as never)
    const items = (await consumer.result) as Uint8Array[]
    expect(items.slice(1).every(({ length }) => length === SIZE)).toBe(true)
    expect(items.length).toBeGreaterThanOrEqual(101)
  })

  test('a consumer that blocks its event loop delays nobody else', async () => {
    const [queue, ready] = [new Queue<number>({ maxsize: 50 }), new Queue<string>()]
    const blocker = new Process(tasks.takeAndBlock, { args: [queue, ready] }).start()
    await queue.put(-1)
    await ready.get()
    for (const i of range(200)) {
      await queue.put(i)
      expect(await queue.get()).toBe(i)
    }
    const refused = observe(queue.get({ timeout: 50 }))
    await expect(refused.promise).rejects.toThrow(EmptyError)
    await blocker.kill()
    await blocker.join()
    expect(blocker.exitCode).toBe(-9)
  })
})

// Items go ahead of need to a consumer that was quick so far; one that blocks cannot give them back.
test('what a blocked consumer has in hand keeps nobody waiting who does not want to, and comes back when it dies', async () => {
  const [queue, ready] = [new Queue<number>(), new Queue<string>()]
  const blocker = new Process(tasks.takeAndBlock, { args: [queue, ready] }).start()
  for (const i of range(3_000)) await queue.put(i)
  await queue.put(-1)
  for (const i of range(5)) await queue.put(i)
  await ready.get()
  await sleep(50)
  // Those that did not go ahead can be got; for the others there is an answer all the same.
  const got: number[] = []
  for (let more = true; more; ) {
    const [result, ms] = await timed(queue.getNowait())
    expect(ms).toBeLessThan(20_000)
    more = result.status === 'fulfilled'
    if (result.status === 'fulfilled') got.push(result.value)
  }
  await expectTimeout(queue.get({ timeout: 100 }), EmptyError, 100)
  await blocker.kill()
  await blocker.join()
  while (got.length < 5) got.push(await queue.getNowait())
  expect(got.sort()).toEqual(range(5))
})

async function firstChunk(stream: unknown): Promise<string> {
  for await (const chunk of stream as AsyncIterable<Uint8Array>) return Buffer.from(chunk).toString()
  return ''
}
