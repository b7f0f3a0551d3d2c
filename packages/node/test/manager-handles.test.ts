import { connectionTo, runtime } from '@millrace/core/internal'
import { JoinableQueue, Manager, Process, Queue, type SharedList, SharedMap, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { clean } from './forgotten.ts'
import { eventually } from './processes.ts'

const tasks = taskModule<typeof import('./fixtures/manager-tasks.mjs')>(
  new URL('./fixtures/manager-tasks.mjs', import.meta.url),
)

type List = SharedList<string>

const HANDLE: unique symbol = Symbol.for('millrace.handle') as never

const started = () => new Manager({ process: true }).start()

/** Whether the process of the manager keeps a list that has that id. */
async function isKept({ address, authKey }: Manager, id: string): Promise<boolean> {
  const { context } = connectionTo({ address: address!, authKey })
  const list = context.handle('shared-list', id, {}) as List
  try {
    await list.length()
    return true
  } catch {
    return false
  } finally {
    list.release()
  }
}

describe('an object of a manager’s process that lies in what the program keeps', () => {
  test('is there when its sender has ended: in a queue, in a map, as a result', async () => {
    await using manager = await started()
    const [queue, map] = [new Queue<List>(), new SharedMap<string, List>()]
    const child = new Process(tasks.giveAway, {
      args: [manager.address!, manager.authKey, queue as Queue<unknown>, map as SharedMap<string, unknown>],
    }).start()
    await child.join()
    expect(child.exitCode).toBe(0)
    expect(await (await queue.get()).slice()).toEqual(['in a queue'])
    for (let i = 0; i < 2; i++) expect(await (await map.get('list'))!.slice()).toEqual(['in a map'])
    const [list] = (await child.result) as List[]
    expect(await list!.slice()).toEqual(['as a result'])
  })

  test('is there when its sender was killed, and when one who had received it was, too', async () => {
    await using manager = await started()
    const [queue, said] = [new JoinableQueue<List>(), new Queue<unknown>()]
    const sender = new Process(tasks.giveAwayAndStay, {
      args: [manager.address!, manager.authKey, queue as JoinableQueue<unknown>, said],
    }).start()
    expect(await said.get()).toBe('sent')
    // The hub tells the manager by the same way, ahead of this.
    await manager.list().length()
    await sender.kill()
    await sender.join()
    const receiver = new Process(tasks.takeAndStay, { args: [queue as JoinableQueue<never>, said] }).start()
    expect(await said.get()).toEqual(['of one who died'])
    await receiver.kill()
    await receiver.join()
    for (let i = 0; i < 2; i++) expect(await (await queue.get()).slice()).toEqual(['of one who died'])
  })

  test('is kept for that long, and no longer: neither here nor there', { timeout: 60_000 }, async () => {
    await using manager = await started()
    const queue = new Queue<List>()
    const send = async () => {
      const list = manager.list(['nobody else holds this'])
      await queue.put(list)
      return (list as unknown as { [HANDLE]: { id: string } })[HANDLE].id
    }
    const receive = async () => expect(await (await queue.get()).slice()).toEqual(['nobody else holds this'])
    const { hub } = runtime()
    const id = await send()
    await clean()
    expect(hub!.find(id)).toBeDefined()
    await receive()
    await eventually('forgotten here', async () => {
      await clean()
      return hub!.find(id) === undefined
    })
    await eventually('gone there', async () => {
      await clean()
      return !(await isKept(manager, id))
    })
  })
})
