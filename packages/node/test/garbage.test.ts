import { setTimeout as sleep } from 'node:timers/promises'
import { Barrier, Condition, JoinableQueue, Process, Queue, SharedEvent, taskModule } from '@millrace/node'
import { expect, test } from 'vitest'
import { range } from '../../core/conformance/observed.ts'
import { expectForgotten } from './forgotten.ts'

// A handle may become garbage while something is under way through it. That must end nothing, and leak nothing.

const tasks = taskModule<typeof import('./fixtures/garbage-tasks.mjs')>(
  new URL('./fixtures/garbage-tasks.mjs', import.meta.url),
)

/** Gives a child a queue that nothing else leads to there. */
async function carrierOf<T extends Queue<number>>(queue: T): Promise<Queue<T>> {
  const carrier = new Queue<T>()
  await carrier.put(queue)
  return carrier
}

const COUNT = 30

async function feed(queue: Queue<number>): Promise<void> {
  for (const i of range(COUNT)) {
    await queue.put(i)
    await sleep(5)
  }
}

test.concurrent('a loop over a queue goes on although nothing else leads to the queue', async () => {
  const queue = new Queue<number>()
  const child = new Process(tasks.loop, { args: [await carrierOf(queue), COUNT] }).start()
  await feed(queue)
  expect(await child.result).toEqual(range(COUNT))
})

test.concurrent('a subscription to a queue goes on although nothing else leads to the queue', async () => {
  const queue = new Queue<number>()
  const child = new Process(tasks.observe, { args: [await carrierOf(queue), COUNT] }).start()
  await feed(queue)
  expect(await child.result).toEqual(range(COUNT))
})

test.concurrent('join() settles although nothing else leads to the queue where it is awaited', async () => {
  const queue = new JoinableQueue<number>()
  await queue.put(1)
  const child = new Process(tasks.join, { args: [await carrierOf(queue)] }).start()
  // So that the child has waited for a while.
  while (!(await queue.empty())) await queue.get()
  await sleep(500)
  await queue.taskDone()
  await child.result
})

test.concurrent('puts that wait for room get there although nothing else leads to the queue', async () => {
  const queue = new Queue<number>({ maxsize: 1 })
  const child = new Process(tasks.putBlindly, { args: [await carrierOf(queue), COUNT] }).start()
  for (const i of range(COUNT)) {
    expect(await queue.get()).toBe(i)
    await sleep(5)
  }
  await child.result
})

test.concurrent('the item of a get that was the last use of the queue goes to nobody else', async () => {
  const queue = new Queue<number>()
  const carrier = await carrierOf(queue)
  const child = new Process(tasks.getOne, { args: [carrier] }).start()
  while (!(await carrier.empty())) await sleep(10)
  await sleep(100)
  await queue.put(1)
  await queue.put(2)
  expect(await child.result).toBe(1)
  expect([await queue.getNowait(), await queue.qsize()]).toEqual([2, 0])
})

test('queues that nobody can reach any more are forgotten, with what lies in them', async () => {
  await expectForgotten(() => makeAndForget(50))
})

/** Each of 50 queues holds a JoinableQueue, which comes with its queue of dead letters. */
async function makeAndForget(count: number): Promise<void> {
  for (const _ of range(count)) await new Queue().put(new JoinableQueue())
}

test('events, conditions and barriers that nobody can reach are forgotten, and a condition’s lock with it', async () => {
  await expectForgotten(async () => {
    for (const _ of range(50)) {
      // Nobody can set it any more, and nobody would know.
      await new SharedEvent().wait({ timeout: 0 })
      await new Barrier(2).nWaiting()
      await new Condition().withLock(() => {})
    }
  })
})

test('a subscription to an event goes on although nothing else leads to the event', async () => {
  const [event, carrier, told] = [new SharedEvent(), new Queue<SharedEvent>(), new Queue<boolean>()]
  await carrier.put(event)
  const child = new Process(tasks.observeEvent, { args: [carrier, told], daemon: true }).start()
  expect(await told.get()).toBe(false)
  await sleep(300)
  await event.set()
  expect(await told.get()).toBe(true)
  await child.kill()
  await child.join()
})
