import {
  getAllStartMethods,
  getContext,
  getStartMethod,
  JoinableQueue,
  Process,
  Queue,
  SimpleQueue,
  setStartMethod,
  taskModule,
  ValueError,
} from '@millrace/node'
import { afterEach, describe, expect, test } from 'vitest'

const tasks = taskModule<typeof import('./fixtures/process-tasks.mjs')>(
  new URL('./fixtures/process-tasks.mjs', import.meta.url),
)

const methods = [
  { method: 'spawn', kind: 'process' },
  { method: 'thread', kind: 'thread' },
] as const

// JavaScript cannot fork; besides fresh processes there are threads.
describe('start methods', () => {
  afterEach(() => setStartMethod('spawn'))

  test('a context has the method that it was asked for, and keeps it (P22)', () => {
    for (const method of getAllStartMethods()) {
      const context = getContext(method)
      expect(context.getStartMethod()).toBe(method)
      expect(context.getContext()).toBe(context)
      expect(() => context.setStartMethod('spawn')).toThrow(ValueError)
      expect(() => context.setStartMethod(null)).toThrow(ValueError)
    }
    expect(getAllStartMethods()).toEqual(['spawn', 'thread'])
  })

  test('the method of the library can be read, and set to what there is (P22)', () => {
    expect(getStartMethod()).toBe('spawn')
    for (const { method, kind } of methods) {
      setStartMethod(method)
      expect(getStartMethod()).toBe(method)
      expect(getContext().getStartMethod()).toBe(method)
      expect(new Process(tasks.nothing).kind).toBe(kind)
    }
    for (const method of ['fork', 'forkserver', 'worker', 'nonsense']) {
      expect(() => setStartMethod(method)).toThrow(ValueError)
      expect(() => getContext(method)).toThrow(ValueError)
    }
    expect(() => new Process(tasks.nothing, { kind: 'worker' })).toThrow(TypeError)
  })

  test.each(methods)('a child that was started by $method reports the same method, as does its own', async (row) => {
    const { method, kind } = row
    const fromContext = new (getContext(method).Process)(tasks.inheritance, { args: [1] }).start()
    setStartMethod(method)
    for (const child of [fromContext, new Process(tasks.inheritance, { args: [1] }).start()]) {
      expect(child.kind).toBe(kind)
      const seen = await child.result
      expect([seen.startMethod, (seen.child as typeof seen).startMethod]).toEqual([method, method])
      await child.join()
    }
  })

  test('the queues of every context work with the processes of every context (P22, G45)', async () => {
    const contexts = methods.map(({ method }) => getContext(method))
    const queues = [new Queue(), new SimpleQueue(), new JoinableQueue()]
    for (const each of contexts) queues.push(new each.Queue(), new each.SimpleQueue(), new each.JoinableQueue())
    for (const { Process: Class } of contexts) {
      const children = queues.map((queue) => new Class(tasks.putValue, { args: [queue as Queue, 'item'] }).start())
      expect(await Promise.all(queues.map((queue) => queue.get()))).toEqual(queues.map(() => 'item'))
      for (const child of children) await child.join()
    }
  })
})
