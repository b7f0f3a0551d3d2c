import { closeSync, openSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import * as millrace from '@millrace/node'
import {
  activeChildren,
  cpuCount,
  currentProcess,
  Process,
  parentProcess,
  Queue,
  taskModule,
  ValueError,
} from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { timed } from '../../core/conformance/observed.ts'
import { Callable, UpperCaser } from './fixtures/process-tasks.mjs'
import { kinds } from './kinds.ts'

const tasks = taskModule<typeof import('./fixtures/process-tasks.mjs')>(
  new URL('./fixtures/process-tasks.mjs', import.meta.url),
)

describe.concurrent('the main program, as Python promises', () => {
  test('the main program is a process too, without a parent (P1)', async () => {
    const me = currentProcess()
    expect([me.name, me.pid, me.ident, me.daemon, me.exitCode]).toEqual([
      'MainProcess',
      process.pid,
      process.pid,
      false,
      null,
    ])
    expect(await me.isAlive()).toBe(true)
    expect(me.authKey.length).toBeGreaterThan(0)
    expect(parentProcess()).toBeNull()
  })

  test('cpuCount() is a positive integer (P7)', () => {
    expect(Number.isInteger(cpuCount()) && cpuCount() >= 1).toBe(true)
  })

  // Of Python's 37 names these exist; Pipe, Pool, Manager, the locks and the shared values come with their features.
  test('what Python exports is exported under its name (P7)', () => {
    const names = [
      ...['Process', 'Queue', 'JoinableQueue', 'SimpleQueue', 'activeChildren', 'cpuCount', 'currentProcess'],
      ...['parentProcess', 'getContext', 'getStartMethod', 'setStartMethod', 'getAllStartMethods', 'setExecutable'],
      ...['getLogger', 'logToStderr', 'FullError', 'EmptyError', 'ValueError', 'ClosedError', 'SystemExit'],
    ]
    for (const name of names) expect(typeof (millrace as Record<string, unknown>)[name]).toBe('function')
  })

  // Threads share all descriptors of their process.
  test('siblings inherit nothing of each other, and nothing else that the parent has open (P13)', async () => {
    const opened: number[] = []
    while ((opened.at(-1) ?? 0) < 50) opened.push(openSync('/dev/null', 'r'))
    const [counts, go] = [new Queue<number>(), new Queue<null>()]
    const children = Array.from({ length: 5 }, () =>
      new Process(tasks.countDescriptors, { args: [counts, go, opened.at(-1)!] }).start(),
    )
    const seen = new Set<number>()
    for (const _ of children) seen.add(await counts.get())
    expect(seen.size).toBe(1)
    for (const _ of children) await go.put(null)
    for (const child of children) expect(await child.result).toBe('EBADF')
    opened.forEach(closeSync)
  })
})

describe.concurrent.each(kinds)('a process of kind $kind, as Python promises', ({ kind }) => {
  test('a child knows itself and its parent, and is another process (P1)', async () => {
    const child = new Process(tasks.whoAmI, { name: 'inquirer', kind }).start()
    const thread = child.threadId ?? 0
    const me = await child.result
    expect(me).toMatchObject({ name: 'inquirer', daemon: false, exitCode: null, alive: true })
    expect([me.pid, me.ident, me.osPid]).toEqual([child.pid, child.pid, child.pid])
    expect(me.parent).toEqual({ pid: process.pid, name: 'MainProcess', alive: true })
    expect([me.osPid, me.threadId]).not.toEqual([process.pid, threadId])
    expect([child.kind, me.threadId]).toEqual([kind, thread])
    expect(me.authKey).toEqual(currentProcess().authKey)
    expect(child.authKey).toEqual(currentProcess().authKey)
    await child.join()
  })

  test('args may come from any iterable, and arrive as equal values (P2)', async () => {
    const queue = new Queue<unknown>({ maxsize: 1 })
    const cases: ReadonlyArray<readonly [value: unknown, iterable: (args: unknown[]) => Iterable<unknown>]> = [
      [1, (args) => args],
      ['str', (args) => Object.freeze(args)],
      [[1], (args) => new Set(args)],
      [Object.freeze([1]), (args) => args.values()],
    ]
    for (const [value, iterable] of cases) {
      const child = new Process(tasks.putValue, { args: iterable([queue, value]) as never, kind }).start()
      expect(await queue.get()).toEqual(value)
      await child.join()
      expect(child.exitCode).toBe(0)
    }
  })

  // Python's target may be any callable object; here it is a function of a module, and the object is an argument.
  test('an instance of a registered class arrives as one, and can be called (P2)', async () => {
    const queue = new Queue<number>()
    const child = new Process(tasks.callIt, { args: [new Callable(5), queue], kind }).start()
    expect(await queue.get()).toBe(5)
    await child.join()
  })

  test('daemon is that of the starter unless given, and can be set until the start (P3)', async () => {
    expect(new Process(tasks.nothing, { kind }).daemon).toBe(false)
    expect(new Process(tasks.nothing, { daemon: true, kind }).daemon).toBe(true)
    expect(new Process(tasks.nothing, { daemon: false, kind }).daemon).toBe(false)
    const child = new Process(tasks.whoAmI, { kind })
    child.daemon = true
    child.start()
    expect(() => {
      child.daemon = false
    }).toThrow(ValueError)
    expect((await child.result).daemon).toBe(true)
    await child.join()
  })

  test.each([
    ['terminate', -15],
    ['kill', -9],
  ] as const)(
    'join() with no or negative time returns while the child runs; %s() ends it with %i (P6)',
    async (way, code) => {
      const child = new Process(tasks.sleepFor, { args: [100_000], kind }).start()
      for (const timeout of [0, -1]) {
        await child.join({ timeout })
        expect([await child.isAlive(), child.exitCode]).toEqual([true, null])
      }
      const [, ms] = await timed(child.join({ timeout: 200 }))
      expect(ms).toBeGreaterThan(150)
      expect(await child.isAlive()).toBe(true)
      await child[way]()
      await child.join()
      expect([await child.isAlive(), child.exitCode]).toEqual([false, code])
      expect(activeChildren()).not.toContain(child)
      await expect(child.result).rejects.toMatchObject({ _tag: 'ProcessDiedError', exitCode: code, pid: child.pid })
      // Whoever asks again gets the same answers.
      await child[way]()
      await child.join()
    },
  )

  test('activeChildren() has a child from its start to its end (P8)', async () => {
    const child = new Process(tasks.sleepFor, { args: [100], kind })
    expect(activeChildren()).not.toContain(child)
    child.start()
    expect(activeChildren()).toContain(child)
    await child.join()
    expect(activeChildren()).not.toContain(child)
  })

  test('children of children share one queue, and what each put is there before it ends (P9)', async () => {
    const queue = new Queue<number[]>()
    await new Process(tasks.tellAndRecurse, { args: [queue, [], 2], kind }).start().join()
    const ids: number[][] = []
    while (!(await queue.empty())) ids.push(await queue.get())
    expect(ids).toEqual([[], [0], [0, 0], [0, 1], [1], [1, 0], [1, 1]])
  })

  test('close() waits for the end of the process; after it every method rejects (P11)', async () => {
    const go = new Queue<null>()
    const child = new Process(tasks.countDescriptors, { args: [new Queue<number>(), go, 0], kind }).start()
    await expect(child.close()).rejects.toThrow(ValueError)
    await go.put(null)
    await child.join()
    expect(child.exitCode).toBe(0)
    await child.close()
    await child.close()
    await expect(child.isAlive()).rejects.toThrow(ValueError)
    await expect(child.join()).rejects.toThrow(ValueError)
    await expect(child.terminate()).rejects.toThrow(ValueError)
    await expect(child.kill()).rejects.toThrow(ValueError)
  })

  test('before start() there is nothing to join, terminate or kill', async () => {
    const child = new Process(tasks.nothing, { kind })
    expect([await child.isAlive(), child.exitCode, child.pid]).toEqual([false, null, undefined])
    await expect(child.join()).rejects.toThrow(ValueError)
    await expect(child.terminate()).rejects.toThrow(ValueError)
    await expect(child.kill()).rejects.toThrow(ValueError)
  })

  test('a process ends when nothing keeps it: not with its function, and not with unref’d timers (P14)', async () => {
    const queue = new Queue<string>()
    const child = new Process(tasks.leaveTimers, { args: [queue], kind }).start()
    await child.result
    expect(await child.isAlive()).toBe(true)
    const [, ms] = await timed(child.join())
    expect(await queue.getNowait()).toBe('first timer')
    expect(ms).toBeLessThan(60_000)
  })

  test('a subclass runs its own method, with its fields (P17)', async () => {
    const upper = new UpperCaser(undefined, { name: 'upper', kind })
    upper.start()
    expect([await upper.submit('hello'), await upper.submit('world')]).toEqual(['HELLO', 'WORLD'])
    await upper.stop()
    await upper.join()
    expect(upper.exitCode).toBe(0)
  })

  test('SystemExit sets the exit code as in Python, and prints what is no code (P18)', async () => {
    const cases = [
      { code: [1, 2, 3], exitCode: 1, stderr: '1,2,3' },
      { code: 'ignore this', exitCode: 1, stderr: 'ignore this' },
      { code: true, exitCode: 1, stderr: '' },
      { code: false, exitCode: 0, stderr: '' },
      { code: 8, exitCode: 8, stderr: '' },
      { code: null, exitCode: 0, stderr: '' },
    ]
    const ended = cases.map(async ({ code, exitCode, stderr }) => {
      const child = new Process(tasks.exitWith, { args: [code], stdio: 'pipe', kind }).start()
      const text = readAll(child.stderr)
      await child.join()
      expect([child.exitCode, (await text).trimEnd()]).toEqual([exitCode, stderr])
    })
    await Promise.all(ended)
    const child = new Process(tasks.exitWithNothing, { kind }).start()
    await child.join()
    expect(child.exitCode).toBe(0)
  })
})

async function readAll(stream: unknown): Promise<string> {
  let text = ''
  for await (const chunk of stream as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString()
  return text
}
