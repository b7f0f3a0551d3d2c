import {
  Manager,
  ManagerClosedError,
  Process,
  Queue,
  type SharedList,
  SharedValue,
  SimpleQueue,
  taskModule,
  ValueError,
} from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { observe, timed } from '../../core/conformance/observed.ts'

const tasks = taskModule<typeof import('./fixtures/manager-tasks.mjs')>(
  new URL('./fixtures/manager-tasks.mjs', import.meta.url),
)

const homes = [
  { home: 'the program itself', process: false },
  { home: 'a process', process: true },
] as const

// Rows of Python's suite that have no meaning here or come with what they need. M4, M5 and M10 are not there.
// M11 (1) is in manager-pool.test.ts.

describe.each(homes)('a manager in $home', ({ process }) => {
  const options = { process }
  test('makes objects that a child uses (M12, program 12)', async () => {
    await using manager = await new Manager(options).start()
    const list = manager.list([1, 2, 3])
    await new Process(tasks.setFirst, { args: [list] }).start().join()
    expect(await list.slice()).toEqual([100, 2, 3])

    const queue = manager.queue<number>({ maxsize: 2 })
    await queue.put(5)
    await queue.put(6)
    const child = new Process(tasks.drainTwo, { args: [queue] }).start()
    expect(await child.result).toEqual([2, true, false, 5, 6, true])
    expect([await queue.empty(), await queue.full()]).toEqual([true, false])
  })

  test('makes one of each, and whatever else can be made', async () => {
    await using manager = await new Manager(options).start()
    const map = manager.map<string, unknown>([['a', manager.namespace({ x: 1 })]])
    const simple = manager.make(() => new SimpleQueue<string>())
    await map.set('queue', simple)
    await map.set('done', manager.joinableQueue())
    await simple.put('item')
    const namespace = (await map.get('a')) as ReturnType<typeof manager.namespace<{ x: number }>>
    expect(await namespace.get('x')).toBe(1)
    expect(await map.get('queue')).toBe(simple)
    expect(await simple.get()).toBe('item')
  })

  test('makes locks, events and values that a child uses (M11, M13)', async () => {
    await using manager = await new Manager(options).start()
    const event = manager.event()
    await event.set()
    const barrier = manager.barrier(5)
    const [value, array] = [manager.value('i', 1), manager.array('i', [0, 1])]
    const args = [event, manager.condition(), barrier, value, array] as const
    expect(await new Process(tasks.useAll, { args: [...args] }).start().result).toEqual([true, 5, 1, [0, 1]])
    expect(await event.isSet()).toBe(false)
    expect([await value.get(), await array.getAll()]).toEqual([2, [7, 1]])

    const lock = manager.rlock()
    const child = new Process(tasks.lockTwice, {
      args: [lock, manager.semaphore(2), manager.boundedSemaphore(1)],
    }).start()
    expect(await child.result).toEqual([true, 1, 'ValueError'])
    expect(await lock.acquireNowait()).toBe(true)
  })

  test('gives back the lock of a child that is killed, and says whose it was', async () => {
    await using manager = await new Manager(options).start()
    const [lock, held] = [manager.lock(), manager.event()]
    const child = new Process(tasks.holdForEver, { args: [lock, held], name: 'unlucky' }).start()
    await held.wait()
    await child.kill()
    const guard = await lock.hold()
    expect(guard.abandoned).toMatch(new RegExp(`unlucky|${child.pid}`))
  })

  test('is started once, and shut down as often as one likes (M14)', async () => {
    const manager = await new Manager(options).start()
    await expect(manager.start()).rejects.toThrow(ValueError)
    const list = manager.list([1])
    const queue = manager.queue<number>()
    await list.append(2)
    const waiting = observe(queue.get())
    const watching = new Promise((resolve) => list.changes.subscribe({ error: resolve }))
    await manager.shutdown()
    await manager.shutdown()
    expect(manager.exitCode).toBe(0)
    await expect(waiting.promise).rejects.toThrow(ManagerClosedError)
    expect(await watching).toBeInstanceOf(ManagerClosedError)
    for (const call of [
      () => list.length(),
      () => queue.put(1),
      () => queue.get({ timeout: 10_000 }),
      () => manager.get('a'),
    ]) {
      const [result, ms] = await timed(call())
      expect(result).toMatchObject({ status: 'rejected', reason: { _tag: 'ManagerClosedError' } })
      expect(ms).toBeLessThan(5_000)
    }
    expect(() => manager.list()).toThrow(ManagerClosedError)
    await expect(manager.start()).rejects.toThrow(ManagerClosedError)
  })

  test('takes its objects away from children, too', async () => {
    const manager = await new Manager(options).start()
    const queue = manager.queue<number>()
    const ready = new Queue<string>()
    const child = new Process(tasks.waitFor, { args: [queue, ready] }).start()
    await ready.get()
    await manager.shutdown()
    expect(await child.result).toBe('ManagerClosedError')
  })

  test('keeps what is published until it is unpublished', async () => {
    await using manager = await new Manager(options).start()
    await manager.publish('list', manager.list(['published']))
    const list = await manager.get<ReturnType<typeof manager.list<string>>>('list')
    expect(await list.slice()).toEqual(['published'])
    expect([await manager.unpublish('list'), await manager.unpublish('list')]).toEqual([true, false])
    await expect(manager.get('list')).rejects.toMatchObject({ _tag: 'KeyError' })
  })
})

test('a manager in the program itself refuses a call that crosses its shutdown', async () => {
  const manager = new Manager()
  const [list, flag] = [manager.list<unknown>(), new SharedValue('int32', 0, { lock: false })]
  const child = new Process(tasks.askBlindly, { args: [list, flag], kind: 'thread' }).start()
  while (flag.value === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await manager.shutdown()
  flag.value = 2
  expect(await child.result).toBe('ManagerClosedError')
})

test('a manager in the program itself takes away what lies in a queue', async () => {
  const manager = new Manager()
  const lists = new Queue<SharedList<unknown>>()
  await lists.put(manager.list())
  await manager.shutdown()
  expect(await new Process(tasks.appendToTaken, { args: [lists] }).start().result).toBe('ManagerClosedError')
})

test('a manager in the program itself needs no start(), and makes no instances of classes', async () => {
  await using manager = new Manager()
  expect(await manager.list([1]).length()).toBe(1)
  await expect(manager.create('Foo')).rejects.toThrow(/process: true/)
  expect(() => new Manager({ address: '/tmp/x' })).toThrow(TypeError)
  expect(() => new Manager({ process: true, initializer: 1 as never })).toThrow(TypeError)
  expect(() => new Manager({ process: true }).list()).toThrow(/start\(\) first/)
  expect(() => new Manager({ authKey: '' })).toThrow(TypeError)
})
