import { DisconnectedError, Process, ProcessDiedError, Queue, taskModule } from '@millrace/browser'
import { describe, expect, test } from 'vitest'
import { eventually, frameOf } from './frames.ts'

type Tasks = typeof import('./fixtures/tasks.ts')

/** A SharedWorker that no other test uses. */
function sharedTasks(name: string) {
  return taskModule<Tasks>(
    () => new SharedWorker(new URL('./fixtures/shared.worker.ts', import.meta.url), { type: 'module', name }),
  )
}

describe('a SharedWorker', () => {
  test('runs several processes at a time, and exchanges items with them', async () => {
    const tasks = sharedTasks('several')
    const [there, back] = [new Queue<number>(), new Queue<number>()]
    const echo = new Process(tasks.echo, { args: [there as Queue<unknown>, back as Queue<unknown>] }).start()
    const square = new Process(tasks.square, { args: [9] }).start()
    expect(await square.result).toBe(81)
    await square.join()
    expect(square.exitCode).toBe(0)
    for (let i = 0; i < 100; i++) {
      await there.put(i)
      expect(await back.get()).toBe(i)
    }
    await echo.terminate()
    await echo.join()
    expect(echo.exitCode).toBe(-15)
  })

  test('serves who connects before its task module has loaded', async () => {
    const slow = taskModule<typeof import('./fixtures/slow-tasks.ts')>(
      () => new SharedWorker(new URL('./fixtures/slow.worker.ts', import.meta.url), { type: 'module' }),
    )
    expect(await new Process(slow.square, { args: [5] }).start().result).toBe(25)
  })

  test('cannot be killed, but the connection can: what the process held is free again', async () => {
    const tasks = sharedTasks('killed')
    const [queue, news] = [new Queue<number>(), new Queue<string>()]
    const waiting = new Process(tasks.waitFor, { args: [queue as Queue<unknown>, news] }).start()
    await news.get()
    await waiting.kill()
    await waiting.join()
    expect(waiting.exitCode).toBe(-9)
    await expect(waiting.result).rejects.toThrow(ProcessDiedError)
    await queue.put(1)
    expect(await queue.getNowait()).toBe(1)
    expect(await new Process(tasks.square, { args: [2] }).start().result).toBe(4)
  })

  test('has what its tasks make belong to its first connection, while that lasts', async () => {
    const tasks = sharedTasks('owner')
    const [queue, news] = [new Queue(), new Queue<string>()]
    const first = new Process(tasks.waitFor, { args: [queue, news] }).start()
    await news.get()
    const made = await new Process(tasks.makeQueue).start().result
    expect(await made.get()).toBe('made elsewhere')
    await queue.put('enough')
    await first.join()
    const madeLater = await new Process(tasks.makeQueue).start().result
    expect(await madeLater.get()).toBe('made elsewhere')
  })

  test('notices that a page has left, and goes on for the others', async () => {
    const tasks = sharedTasks('left')
    const [queue, news] = [new Queue(), new Queue<string>()]
    const mine = new Process(tasks.waitFor, { args: [queue, news] }).start()
    await news.get()
    const frame = await frameOf(new URL('./fixtures/visitor.html', import.meta.url))
    const said: string[] = []
    const channel = new BroadcastChannel('millrace-visitor')
    channel.onmessage = ({ data }) => said.push(data)
    await eventually('the other page has its process', () => said.includes('started'))
    frame.remove()
    await eventually('its process has noticed', () => said.includes(DisconnectedError.name))
    channel.close()
    await queue.put('still here')
    expect(await mine.result).toBe('still here')
  })
})
