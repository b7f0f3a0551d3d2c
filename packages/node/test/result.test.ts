import { JoinableQueue, Process, ProcessDiedError, Queue, RemoteError, SimpleQueue, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { OrderError, value } from './fixtures/result-tasks.mjs'
import { kinds } from './kinds.ts'

const tasks = taskModule<typeof import('./fixtures/result-tasks.mjs')>(
  new URL('./fixtures/result-tasks.mjs', import.meta.url),
)

/** What the result of a process is rejected with. */
async function failureOf(child: Process<unknown>): Promise<Error> {
  return (await child.start().result.then(
    () => new Error('it was not rejected'),
    (error: unknown) => error,
  )) as Error
}

describe.concurrent.each(kinds)('what becomes of the function of a $kind', ({ kind }) => {
  const quiet = { stdio: 'pipe', kind } as const

  test('what it returns is the result, handles and all', async () => {
    const [queue, joinable, simple] = [new Queue(), new JoinableQueue(), new SimpleQueue()]
    const it = { list: [1, new Map([['queue', queue]])], joinable, simple }
    const result = (await new Process(tasks.echo, { args: [it], kind }).start().result) as typeof it
    expect(result).toEqual(it)
    expect([(result.list[1] as Map<string, unknown>).get('queue'), result.joinable]).toEqual([queue, joinable])
    expect((result.list[1] as Map<string, unknown>).get('queue')).toBe(queue)
    expect(result.simple).toBe(simple)
  })

  test('an error arrives as its class, with its properties, its cause and its own stack (G40)', async () => {
    const child = new Process(tasks.throwKnown, quiet)
    const error = (await failureOf(child)) as InstanceType<typeof OrderError>
    expect(error).toBeInstanceOf(OrderError)
    expect([error.name, error.message, error.order]).toEqual(['OrderError', 'no such order', 7])
    expect(error.cause).toBeInstanceOf(TypeError)
    expect(error.stack).toMatch(/throwKnown.*result-tasks\.mjs/s)
    await child.join()
    expect(child.exitCode).toBe(1)
  })

  test('join() says nothing of an error; the trace is on stderr (G40)', async () => {
    const child = new Process(tasks.throwKnown, { ...quiet, name: 'faulty' }).start()
    let text = ''
    for await (const chunk of child.stderr as AsyncIterable<Buffer>) text += chunk
    await child.join()
    expect(text).toMatch(/Process faulty:/)
    expect(text).toMatch(/no such order.*throwKnown/s)
  })

  test('an error of a class that is unknown here is a RemoteError with its name and properties', async () => {
    const error = (await failureOf(new Process(tasks.throwUnknown, quiet))) as RemoteError & { detail: string }
    expect(error).toBeInstanceOf(RemoteError)
    expect([error.message, error.detail]).toEqual(['only known there', 'kept'])
    expect(error.stack).toContain('throwUnknown')
  })

  test('whatever else is thrown arrives as it is', async () => {
    expect(await failureOf(new Process(tasks.throwString, quiet))).toBe('just a string')
  })

  test('a result that cannot travel is an error that names the path to it', async () => {
    const child = new Process(tasks.returnFunction, quiet)
    const error = await failureOf(child)
    expect([error.name, error.message]).toEqual(['EncodeError', expect.stringContaining('.call')])
    await child.join()
    expect(child.exitCode).toBe(1)
  })

  test.each(['throwOutside', 'rejectOutside'] as const)(
    '%s: what nobody catches ends the process, with its trace in the result',
    async (task) => {
      const child = new Process(tasks[task], quiet)
      const error = (await failureOf(child)) as ProcessDiedError
      expect(error).toBeInstanceOf(ProcessDiedError)
      expect([error.exitCode, error.signal]).toEqual([1, null])
      expect(error.stderr).toMatch(/outside of everything|nobody handles this/)
    },
  )

  test('process.exit() in a task rejects the result, and everything that was put before is there', async () => {
    const queue = new Queue<Uint8Array>({ maxsize: 100 })
    const child = new Process(tasks.putAndExit, { args: [queue, 60, 100_000, 3], kind }).start()
    await expect(child.result).rejects.toMatchObject({ exitCode: 3, signal: null })
    await child.join()
    expect(await queue.qsize()).toBe(60)
    for (let i = 0; i < 60; i++) expect((await queue.get()).every((byte) => byte === i)).toBe(true)
  })

  test('a result that nobody looks at ends nobody else', async () => {
    const child = new Process(tasks.throwString, quiet).start()
    await child.join()
    expect(child.exitCode).toBe(1)
  })

  test('a child sees the values that its module starts with, not those of the parent (G49)', async () => {
    value.counter = 5
    expect(await new Process(tasks.readGlobal, { kind }).start().result).toBe(0)
  })
})

// A thread has no signals of its own: they are for the whole program.
describe.concurrent('signals', () => {
  test('a crash ends the process by its signal, which the result tells', async () => {
    const child = new Process(tasks.crash, { stdio: 'pipe' })
    const error = (await failureOf(child)) as ProcessDiedError
    expect([error.name, error.signal, error.exitCode]).toEqual(['ProcessDiedError', 'SIGABRT', -6])
    await child.join()
    expect(child.exitCode).toBe(-6)
  })

  test('Ctrl-C, which reaches all processes of a terminal, is left to the parent (G51)', async () => {
    expect(await new Process(tasks.survive).start().result).toBe('survived')
  })
})
