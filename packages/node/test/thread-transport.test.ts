import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { ThreadTransport } from '../src/thread-transport.ts'

/** Everything that a transport hears, in order. */
function heardBy(transport: ThreadTransport): { readonly bytes: number[]; readonly end: Promise<void>; ends: number } {
  const heard = { bytes: [] as number[], ends: 0, end: Promise.resolve() }
  heard.end = new Promise((resolve) => {
    transport.listen({
      onBytes: (chunk) => heard.bytes.push(...chunk),
      onDrain: () => {},
      onClose: () => {
        heard.ends++
        resolve()
      },
    })
  })
  return heard
}

test('chunks arrive in order, as they were when they were sent, also before anybody listens', async () => {
  const { port1, port2 } = new MessageChannel()
  const [near, far] = [new ThreadTransport(port1), new ThreadTransport(port2)]
  const slab = new Uint8Array([0, 1, 2, 3, 4, 5])
  expect(near.send([slab.subarray(1, 3), slab.subarray(5), slab.subarray(3, 5)])).toBe(true)
  slab.fill(9)
  near.send([])
  near.sendSync([slab.subarray(0, 1)])
  const heard = heardBy(far)
  near.close()
  await heard.end
  expect(heard.bytes).toEqual([1, 2, 5, 3, 4, 9])
  expect(slab.length).toBe(6)
})

test('attachments come with the bytes of their batch, as they are, and are gone here', async () => {
  const { port1, port2 } = new MessageChannel()
  const [near, far] = [new ThreadTransport(port1), new ThreadTransport(port2)]
  const attachments = [1, 2].map((byte) => new Uint8Array(20_000).fill(byte).buffer)
  near.send([new Uint8Array([7]), new Uint8Array([8])], attachments)
  near.send([new Uint8Array([9])])
  expect(attachments.map(({ byteLength }) => byteLength)).toEqual([0, 0])
  const heard: unknown[] = []
  near.close()
  await new Promise<void>((resolve) => {
    far.listen({
      onBytes: (chunk, attached) =>
        heard.push(
          [...chunk],
          attached?.map((each) => new Uint8Array(each as ArrayBuffer).slice(19_999)),
        ),
      onDrain: () => {},
      onClose: resolve,
    })
  })
  expect(heard).toEqual([[7, 8], [new Uint8Array([1]), new Uint8Array([2])], [9], undefined])
})

test('the end is told once on either side, behind what was sent before it; nothing is sent after', async () => {
  const { port1, port2 } = new MessageChannel()
  const [near, far] = [new ThreadTransport(port1), new ThreadTransport(port2)]
  const [here, there] = [heardBy(near), heardBy(far)]
  near.send([new Uint8Array([1])])
  near.close()
  near.close()
  near.send([new Uint8Array([2])])
  await Promise.all([here.end, there.end])
  far.send([new Uint8Array([3])])
  far.close()
  await new Promise(setImmediate)
  expect([here.bytes, here.ends, there.bytes, there.ends]).toEqual([[], 1, [1], 1])
})

test('what a thread posted before it was terminated arrives whole, ahead of its end', async () => {
  const { port1, port2 } = new MessageChannel()
  const code = `
    const { workerData: { port }, parentPort } = require('node:worker_threads')
    for (let i = 0; i < 5_000; i++) port.postMessage(new Uint8Array(4).fill(i).buffer)
    parentPort.postMessage('posted')
    for (;;) port.postMessage(new Uint8Array(4).buffer)
  `
  const worker = new Worker(code, { eval: true, workerData: { port: port2 }, transferList: [port2] })
  await once(worker, 'message')
  await worker.terminate()
  const heard = heardBy(new ThreadTransport(port1))
  await heard.end
  expect(heard.bytes.length).toBeGreaterThanOrEqual(20_000)
  expect(heard.bytes.length % 4).toBe(0)
  expect(heard.bytes.slice(0, 20_000)).toEqual(Array.from({ length: 20_000 }, (_, i) => (i >> 2) & 0xff))
})
