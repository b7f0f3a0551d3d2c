import type { SimpleQueue } from '@millrace/core'
import { Context, decode, encodeAlone, memoryTransports, runtime } from '@millrace/core/internal'
import { type Kind, Process, taskModule } from '@millrace/node'
import type { Servant, StartServant } from '../../../core/conformance/elsewhere.ts'
import { serve } from '../../../core/conformance/servant.mjs'

const tasks = taskModule<typeof import('../../../core/conformance/servant.mjs')>(
  new URL('../../../core/conformance/servant.mjs', import.meta.url),
)

let contexts = 0

/** A second context in this process. */
export async function inMemory(...queues: Array<SimpleQueue<never>>): Promise<Servant> {
  // These queues do not come through a link, so nothing else sees to it that the hub knows of them first.
  await Promise.all(queues.map((queue) => queue.empty()))
  const { hub, context: here } = runtime()
  const [near, far] = memoryTransports()
  hub!.attach(far)
  const context = new Context(`memory-${++contexts}`, near, here.turn, here.clock, here.maxFrame)
  const { bytes } = encodeAlone(queues)
  const [orders, replies] = decode(bytes, 0, bytes.length, context) as Parameters<typeof serve>
  void serve(orders, replies).catch(() => {})
  return { kill: async () => context.link.close() }
}

/** A process of that kind. */
export function startedAs(kind: Kind): StartServant {
  return (orders, replies) => {
    const child = new Process(tasks.serve, { args: [orders, replies], daemon: true, kind }).start()
    const kill = async () => {
      await child.kill()
      await child.join()
    }
    return { kill }
  }
}
