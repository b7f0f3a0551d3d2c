import {
  cpuCount,
  currentProcess,
  getAllStartMethods,
  getStartMethod,
  Process,
  type ProcessOptions,
  Queue,
  StartError,
  taskModule,
} from '@millrace/browser'
import { describe, expect, test } from 'vitest'
import { tasks } from './tasks.ts'

describe('a process in a Web Worker', () => {
  test('returns what its function returns, and exits with 0', async () => {
    const child = new Process(tasks.square, { args: [12] }).start()
    expect(await child.result).toBe(144)
    await child.join()
    expect([child.exitCode, child.kind, await child.isAlive()]).toEqual([0, 'worker', false])
  })

  test('knows who it is and who started it; the page has pid 0', async () => {
    const child = new Process(tasks.whoAmI, { name: 'teller', daemon: true }).start()
    const { pid } = child
    expect(pid).toBeGreaterThan(0)
    expect(await child.result).toEqual({
      pid,
      name: 'teller',
      daemon: true,
      parent: { pid: 0, name: 'MainProcess' },
      cpus: cpuCount(),
    })
    expect(currentProcess().pid).toBe(0)
    expect([getAllStartMethods(), getStartMethod()]).toEqual([['worker'], 'worker'])
  })

  test('rejects with what its function throws, and exits with 1', async () => {
    const child = new Process(tasks.fail).start()
    const error: RangeError = await child.result.catch((error) => error)
    expect(error).toBeInstanceOf(RangeError)
    expect([error.message, error.stack]).toEqual(['too far', expect.stringContaining('tasks.ts')])
    await child.join()
    expect(child.exitCode).toBe(1)
  })

  test.each([
    [undefined, 0],
    [7, 7],
    ['a last word', 1],
  ])('exits with the code of SystemExit(%j): %i', async (code, exitCode) => {
    const child = new Process(tasks.exit, { args: [code as never] }).start()
    await child.result.catch(() => {})
    await child.join()
    expect(child.exitCode).toBe(exitCode)
  })

  test('ends once nothing is pending any more: puts that its function did not wait for are put', async () => {
    const queue = new Queue<number>({ maxsize: 2 })
    const child = new Process(tasks.putAfterReturn, { args: [queue, 500] }).start()
    await child.result
    for (let i = 0; i < 500; i++) expect(await queue.get()).toBe(i)
    await child.join()
    expect(child.exitCode).toBe(0)
  })

  test('runs its exit hooks, and what they put is put', async () => {
    const queue = new Queue<string>()
    await new Process(tasks.registerHook, { args: [queue] }).start().join()
    expect([await queue.getNowait(), await queue.getNowait()]).toEqual(['returned', 'hook'])
  })

  test('can make queues, which outlive it', async () => {
    const child = new Process(tasks.makeQueue).start()
    const queue = await child.result
    await child.join()
    expect(await queue.get()).toBe('made elsewhere')
  })

  test('may await something while its task module is loading', async () => {
    const slow = taskModule<typeof import('./fixtures/slow-tasks.ts')>(
      () => new Worker(new URL('./fixtures/slow.worker.ts', import.meta.url), { type: 'module' }),
    )
    expect(await new Process(slow.square, { args: [6] }).start().result).toBe(36)
  })

  test('refuses options that a browser has no means for, and says so', () => {
    const start = (options: ProcessOptions<[n: number]>) => () =>
      new Process(tasks.square, { ...options, args: [1] }).start()
    expect(start({ stdio: 'pipe' })).toThrow("stdio must be 'inherit'")
    expect(start({ stdio: 'ignore' })).toThrow("stdio must be 'inherit'")
    expect(start({ detached: true })).toThrow('none can be detached')
    expect(start({ resourceLimits: { stackSizeMb: 1 } })).toThrow('limit the memory')
    expect(start({ kind: 'thread' })).toThrow("kind must be one of 'worker' here")
  })

  test('needs a function that makes a worker, a new one each time', () => {
    const start = (source: () => object) => () =>
      new Process(taskModule<typeof tasks>(source)['square'] as never).start()
    const worker = new Worker(URL.createObjectURL(new Blob([''], { type: 'text/javascript' })))
    expect(start(() => ({}))).toThrow('must return a Worker, a SharedWorker or a MessagePort')
    expect(start(() => worker)).not.toThrow()
    expect(start(() => worker)).toThrow('must make a new Worker each time')
    worker.terminate()
    const refuse = () => {
      throw new Error('not today')
    }
    expect(start(refuse)).toThrow(StartError)
    const named = taskModule<{ square(): void }>(new URL('./tasks.js', import.meta.url))
    expect(() => new Process(named.square).start()).toThrow('give taskModule() a function')
  })
})
