import { expose, Process, Queue, taskModule } from '@millrace/browser'
import { expect, test } from 'vitest'
import { MessagePortTransport } from '../src/message-port.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

/** A transport that keeps what it gets. */
function transport(port: MessagePort) {
  const chunks: number[][] = []
  const attached: Array<readonly ArrayBuffer[]> = []
  const words: unknown[] = []
  let closed = 0
  let onClosed = () => {}
  const ended = new Promise<void>((resolve) => {
    onClosed = resolve
  })
  const made = new MessagePortTransport(port, { onWord: (word) => void words.push(word) })
  made.listen({
    onBytes: (chunk, attachments = []) => {
      chunks.push([...chunk])
      attached.push(attachments as ArrayBuffer[])
    },
    onDrain: () => {},
    onClose: () => {
      closed++
      onClosed()
    },
  })
  return { made, chunks, attached, words, ended, closed: () => closed }
}

test('a batch is one message, in order, whatever its chunks are parts of', async () => {
  const { port1, port2 } = new MessageChannel()
  const [a, b] = [transport(port1), transport(port2)]
  const slab = bytes(0, 1, 2, 3, 4, 5)
  a.made.send([slab.subarray(1, 3), slab.subarray(4, 6)])
  slab.fill(9)
  a.made.send([])
  a.made.send([slab.subarray(0, 1)])
  a.made.close()
  await b.ended
  expect(b.chunks).toEqual([[1, 2, 4, 5], [9]])
  expect(slab.length).toBe(6)
})

test('attachments change hands with their batch, as they are', async () => {
  const { port1, port2 } = new MessageChannel()
  const [a, b] = [transport(port1), transport(port2)]
  const [first, second] = [bytes(1, 2).buffer, bytes(3).buffer]
  a.made.send([bytes(7), bytes(8)], [first, second])
  a.made.send([bytes(9)])
  a.made.close()
  await b.ended
  expect(b.chunks).toEqual([[7, 8], [9]])
  expect(b.attached.map((each) => each.map((buffer) => [...new Uint8Array(buffer)]))).toEqual([[[1, 2], [3]], []])
  expect([first.byteLength, second.byteLength]).toEqual([0, 0])
})

test('words come in order with the batches, and the end is told once, on both sides', async () => {
  const { port1, port2 } = new MessageChannel()
  const [a, b] = [transport(port1), transport(port2)]
  a.made.say({ is: 'alive', lock: undefined })
  a.made.send([bytes(1)])
  a.made.close()
  a.made.close()
  a.made.send([bytes(2)])
  await Promise.all([a.ended, b.ended])
  b.made.close()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect([b.words, b.chunks, a.closed(), b.closed()]).toEqual([[{ is: 'alive', lock: undefined }], [[1]], 1, 1])
})

test('one that was closed before anybody listened tells whoever does', async () => {
  const made = new MessagePortTransport(new MessageChannel().port1)
  made.close()
  await new Promise<void>((resolve) => made.listen({ onBytes: () => {}, onDrain: () => {}, onClose: resolve }))
})

test('any port will do, for several processes, and before anybody serves it', async () => {
  const { port1, port2 } = new MessageChannel()
  const tasks = taskModule<{ add(queue: Queue<number>, n: number): Promise<number> }>(() => port1)
  const queue = new Queue<number>()
  const children = [1, 2, 3].map((n) => new Process(tasks.add, { args: [queue, n] }).start())
  const add = async (queue: Queue<number>, n: number) => {
    await queue.put(n)
    return n + 1
  }
  expose({ add }, { port: port2 })
  expect(await Promise.all(children.map((child) => child.result))).toEqual([2, 3, 4])
  expect((await Promise.all([queue.get(), queue.get(), queue.get()])).sort()).toEqual([1, 2, 3])
  for (const child of children) await child.join()
  expect(children.map((child) => child.exitCode)).toEqual([0, 0, 0])
})
