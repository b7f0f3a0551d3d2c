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
import { describe, expect, test } from 'vitest'

const tasks = taskModule<typeof import('./fixtures/process-tasks.mjs')>(
  new URL('./fixtures/process-tasks.mjs', import.meta.url),
)

// JavaScript cannot fork, so there is one start method. What Python says of several is said of that one.
describe('start methods', () => {
  test('a context has the method that it was asked for, and keeps it (P22)', () => {
    for (const method of getAllStartMethods()) {
      const context = getContext(method)
      expect(context.getStartMethod()).toBe(method)
      expect(context.getContext()).toBe(context)
      expect(() => context.setStartMethod('spawn')).toThrow(ValueError)
      expect(() => context.setStartMethod(null)).toThrow(ValueError)
    }
    expect(getAllStartMethods()).toContain('spawn')
  })

  test('the method of the library can be read, and set to what there is (P22)', () => {
    setStartMethod('spawn')
    expect(getStartMethod()).toBe('spawn')
    expect(getContext().getStartMethod()).toBe('spawn')
    for (const method of ['fork', 'forkserver', 'nonsense']) {
      expect(() => setStartMethod(method)).toThrow(ValueError)
      expect(() => getContext(method)).toThrow(ValueError)
    }
  })

  test('a child that was started from a context reports the same method (P22)', async () => {
    const context = getContext('spawn')
    const seen = await new context.Process(tasks.inheritance, { args: [1] }).start().result
    expect([seen.startMethod, (seen.child as typeof seen).startMethod]).toEqual(['spawn', 'spawn'])
  })

  test('the queues of every context work with the processes of every context (P22, G45)', async () => {
    const context = getContext('spawn')
    const queues = [new Queue(), new SimpleQueue(), new JoinableQueue()]
    queues.push(new context.Queue(), new context.SimpleQueue(), new context.JoinableQueue())
    for (const Class of [Process, context.Process]) {
      const children = queues.map((queue) => new Class(tasks.putValue, { args: [queue as Queue, 'item'] }).start())
      expect(await Promise.all(queues.map((queue) => queue.get()))).toEqual(queues.map(() => 'item'))
      for (const child of children) await child.join()
    }
  })
})
