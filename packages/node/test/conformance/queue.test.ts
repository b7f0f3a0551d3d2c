import { Context, decode, encodeAlone, memoryTransports, runtime } from '@millrace/core/internal'
import { Process, taskModule } from '@millrace/node'
import { queueConformance } from '../../../core/conformance/queue.ts'
import { serve } from '../../../core/conformance/servant.mjs'

type Servant = typeof import('../../../core/conformance/servant.mjs')

const tasks = taskModule<Servant>(new URL('../../../core/conformance/servant.mjs', import.meta.url))

let contexts = 0

queueConformance('a second context in memory', async (...queues) => {
  // These queues do not come through a link, so nothing else sees to it that the hub knows of them first.
  await Promise.all(queues.map((queue) => queue.empty()))
  const { hub, context: here } = runtime()
  const [near, far] = memoryTransports()
  hub!.attach(far)
  const context = new Context(`memory-${++contexts}`, near, here.turn, here.clock, here.maxFrame)
  const { bytes } = encodeAlone(queues)
  const [orders, replies] = decode(bytes, 0, bytes.length, context) as Parameters<Servant['serve']>
  void serve(orders, replies).catch(() => {})
  return { kill: async () => context.link.close() }
})

queueConformance('child process', (orders, replies) => {
  const child = new Process(tasks.serve, { args: [orders, replies], daemon: true }).start()
  const kill = async () => {
    await child.kill()
    await child.join()
  }
  return { kill }
})
