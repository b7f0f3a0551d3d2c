import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, Pipe, Process, Queue, taskModule } from '@millrace/node'
import { expect, test } from 'vitest'
import { range } from '../../../core/conformance/observed.ts'
import { expectForgotten } from '../forgotten.ts'

// A connection that is garbage counts as closed; what is under way through it counts as somebody who holds it.

const tasks = taskModule<typeof import('./fixtures/garbage-tasks.mjs')>(
  new URL('./fixtures/garbage-tasks.mjs', import.meta.url),
)

const COUNT = 30

/** Gives a child one end, to which nothing else leads there, and returns the other. */
async function pipeTo(options: { maxsize?: number } = {}): Promise<[Connection<number>, Queue<Connection<number>>]> {
  const [here, far] = Pipe<number>(options)
  const carrier = new Queue<Connection<number>>()
  await carrier.put(far)
  return [here, carrier]
}

async function feed(connection: Connection<number>): Promise<void> {
  for (const i of range(COUNT)) {
    await connection.send(i)
    await sleep(5)
  }
}

test.concurrent('the other end ends when a process has forgotten its connection, and goes on without it', async () => {
  const [here, carrier] = await pipeTo()
  const child = new Process(tasks.forget, { args: [carrier] }).start()
  expect(await here.recv()).toBe(1)
  await expect(here.recv()).rejects.toThrow('end of file')
  expect(await child.isAlive()).toBe(true)
  await child.kill()
  await child.join()
})

test.concurrent('a loop over a connection goes on although nothing else leads to it', async () => {
  const [here, carrier] = await pipeTo()
  const child = new Process(tasks.loop, { args: [carrier] }).start()
  await feed(here)
  await here.close()
  expect(await child.result).toEqual(range(COUNT))
})

test.concurrent('a subscription to a connection goes on although nothing else leads to it', async () => {
  const [here, carrier] = await pipeTo()
  const child = new Process(tasks.observe, { args: [carrier] }).start()
  await feed(here)
  await here.close()
  expect(await child.result).toEqual(range(COUNT))
})

test.concurrent('a wait for a message is served although nothing else leads to the connection', async () => {
  const [here, carrier] = await pipeTo()
  const child = new Process(tasks.receiveOne, { args: [carrier] }).start()
  while (!(await carrier.empty())) await sleep(10)
  await sleep(200)
  await here.send(7)
  expect(await child.result).toBe(7)
})

test.concurrent('messages that wait for room arrive although nothing else leads to the connection', async () => {
  const [here, carrier] = await pipeTo({ maxsize: 1 })
  const child = new Process(tasks.sendBlindly, { args: [carrier, COUNT] }).start()
  for (const i of range(COUNT)) {
    expect(await here.recv()).toBe(i)
    await sleep(5)
  }
  await child.result
  await expect(here.recv()).rejects.toThrow('end of file')
})

test('pipes that nobody can reach any more are forgotten, with what lies in them', async () => {
  await expectForgotten(() => makeAndForget(50))
})

/** Each of 50 pipes holds an end of another one, and a queue. */
async function makeAndForget(count: number): Promise<void> {
  for (const _ of range(count)) await Pipe()[0].send([Pipe()[1], new Queue()])
}
