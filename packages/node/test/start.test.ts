import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  BootstrapError,
  EncodeError,
  getLogger,
  Pool,
  Process,
  ProcessDiedError,
  Queue,
  StartError,
  setExecutable,
  taskModule,
  ValueError,
} from '@millrace/node'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { kinds } from './kinds.ts'
import { runProgram } from './processes.ts'

const at = (file: string) => new URL(`./fixtures/${file}`, import.meta.url)
const tasks = taskModule<typeof import('./fixtures/process-tasks.mjs')>(at('process-tasks.mjs'))
const typed = taskModule<typeof import('./fixtures/typed-tasks.ts')>(at('typed-tasks.ts'))
type Never = { never: () => void }
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

describe.concurrent.each(kinds)('a $kind that cannot be started', ({ kind }) => {
  const quiet = { stdio: 'pipe', kind } as const

  test('a module that is not there is named, in the result and in the exit code', async () => {
    const child = new Process(taskModule<Never>(at('not-there.mjs')).never, quiet).start()
    const error = await child.result.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(StartError)
    expect((error as Error).message).toMatch(/not-there\.mjs/)
    await child.join()
    expect(child.exitCode).toBe(1)
  })

  test('so is one that a module needs', async () => {
    const child = new Process(taskModule<Never>(at('needs-missing.mjs')).never, quiet).start()
    await expect(child.result).rejects.toThrow(/not-there-either\.mjs/)
  })

  test('an export that is not there is named, and what there is as well', async () => {
    const child = new Process(taskModule<Never>(at('process-tasks.mjs')).never, quiet).start()
    const error = (await child.result.catch((error: unknown) => error)) as StartError
    expect(error).toBeInstanceOf(StartError)
    expect(error.message).toMatch(/process-tasks\.mjs exports no function never/)
    expect(error.message).toMatch(/sleepFor/)
  })

  test('a module that fails while it is loaded rejects the result with its error', async () => {
    const child = new Process(taskModule<Never>(at('fails-at-import.mjs')).never, quiet).start()
    await expect(child.result).rejects.toThrow(new RangeError('this module cannot be loaded'))
  })

  test('a closure as target is refused at the start, with advice (G45)', () => {
    const name = 'closure'
    const child = new Process((() => name) as never, { kind } as never)
    expect(() => child.start()).toThrow(TypeError)
    expect(() => child.start()).toThrow(/taskModule\(\)/)
  })

  test('an argument that cannot travel is refused at the start, with the path to it', () => {
    const child = new Process(tasks.putValue, { args: [new Queue<unknown>(), { deep: [() => {}] }], kind })
    expect(() => child.start()).toThrow(EncodeError)
    expect(() => child.start()).toThrow(/\[1\]\.deep\[0\]/)
  })

  test('so is one that is longer than a frame may be', () => {
    const child = new Process(tasks.putValue, { args: [new Queue<unknown>(), new Uint8Array(17 << 20)], kind })
    expect(() => child.start()).toThrow(EncodeError)
    expect(() => child.start()).toThrow(/maxFrame/)
  })

  test('a process whose arguments cannot be read fails with the reason, and does not wait for them', async () => {
    const file = join(folderWith({ blob: 'as it was' }), 'blob')
    const blob = await openAsBlob(file)
    writeFileSync(file, 'longer than it was')
    const reason = await blob.arrayBuffer().catch((error: unknown) => error)
    const child = new Process(tasks.putValue, { args: [new Queue<unknown>(), blob], kind }).start()
    await expect(child.result).rejects.toEqual(reason)
    await child.join()
    expect(child.exitCode).toBe(-9)
  })

  test('a process can be started once', async () => {
    const child = new Process(tasks.nothing, { kind }).start()
    expect(() => child.start()).toThrow(ValueError)
    await child.join()
    expect(() => child.start()).toThrow(ValueError)
    await child.close()
    expect(() => child.start()).toThrow(ValueError)
  })

  test('a module that starts processes while it is loaded is told so, and starts none (G12)', async () => {
    const child = new Process(taskModule<Never>(at('start-at-import.mjs')).never, quiet).start()
    const error = (await child.result.catch((error: unknown) => error)) as Error
    expect(error).toBeInstanceOf(BootstrapError)
    expect(error.message).toMatch(/inside functions/)
    await child.join()
    expect(child.exitCode).toBe(1)
  })

  test('a big argument of a process that is killed at once keeps nobody (G44)', async () => {
    const children = Array.from({ length: 3 }, () =>
      new Process(tasks.putValue, { args: [new Queue<unknown>(), new Uint8Array(10_000_000)], kind }).start(),
    )
    for (const child of children) {
      await child.kill()
      await child.join()
      await expect(child.result).rejects.toThrow(ProcessDiedError)
    }
  })
})

test('a relative module is refused, with advice', () => {
  expect(() => taskModule('./tasks.mjs')).toThrow(/import\.meta\.url/)
})

describe.concurrent.each(kinds)('a task module in TypeScript, for a $kind', ({ kind }) => {
  test('runs as it is, natively or through tsx', async () => {
    const queue = new Queue<{ readonly text: string }>()
    const child = new Process(typed.greet, { args: [queue, '消息'], kind }).start()
    expect([await queue.get(), await child.result]).toEqual([{ text: 'hello 消息' }, 8])
  })

  // A module of a package that does not say otherwise is CommonJS.
  test('may be of any package, and need other modules in TypeScript', async () => {
    const cwd = folderWith({
      'tasks.ts': "import { answer } from './answer.ts'\nexport const ask = (): number => answer\n",
      'answer.ts': 'export const answer: number = 42\n',
    })
    const tasks = taskModule<{ ask: () => number }>(pathToFileURL(join(cwd, 'tasks.ts')))
    expect(await new Process(tasks.ask, { kind }).start().result).toBe(42)
  })

  test('runs in workers that were started before anybody knew of it', async () => {
    await using pool = new Pool({ processes: 1, kind })
    await pool.prewarm(1)
    const queue = new Queue<{ readonly text: string }>()
    expect(await pool.apply(typed.greet, [queue, 'you'])).toBe(9)
  })

  const strips = Boolean((process.features as { typescript?: unknown }).typescript)

  test.skipIf(strips)('says what to do where neither is to be had', async () => {
    const cwd = folderWith({ 'tasks.ts': 'export const answer = (): number => 42\n' })
    const url = pathToFileURL(join(cwd, 'tasks.ts')).href
    const { stdout } = await runProgram('run-typed.mjs', { args: [url, kind], cwd }).ended
    const { error, message } = JSON.parse(stdout)
    expect(error).toBe('StartError')
    for (const way of ['tasks.ts', 'install tsx', '22.18', 'compiled module']) expect(message).toContain(way)
  })

  test('is found as the JavaScript that it was compiled to', async () => {
    const cwd = folderWith({ 'tasks.js': 'export const answer = () => 42\n', 'package.json': '{ "type": "module" }' })
    const url = pathToFileURL(join(cwd, 'tasks.ts')).href
    const { stdout } = await runProgram('run-typed.mjs', { args: [url, kind], cwd }).ended
    expect(JSON.parse(stdout)).toEqual({ result: 42 })
  })
})

// These change what all processes of this program are started with, so they run one after the other.
describe('what processes are started with', () => {
  afterEach(() => setExecutable(process.execPath))

  test('setExecutable() takes a string, bytes and a URL; a process needs no target (P21)', async () => {
    for (const path of [process.execPath, Buffer.from(process.execPath), pathToFileURL(process.execPath)]) {
      setExecutable(path)
      const child = new Process().start()
      await child.join()
      expect([child.exitCode, await child.result]).toEqual([0, undefined])
    }
    expect(() => setExecutable(7 as never)).toThrow(TypeError)
  })

  test('an executable that is not there rejects join() and the result', async () => {
    setExecutable('/not/there/node')
    const child = new Process(tasks.nothing).start()
    await expect(child.join()).rejects.toThrow(StartError)
    await expect(child.join({ timeout: 5_000 })).rejects.toThrow(StartError)
    await expect(child.result).rejects.toThrow(/not\/there\/node.*setExecutable/)
    expect(await child.isAlive()).toBe(false)
  })

  test('a thread starts processes on the executable that was chosen above it', async () => {
    setExecutable('/not/there/node')
    expect(await new Process(tasks.startProcess, { kind: 'thread' }).start().result).toMatch(/\/not\/there\/node/)
  })

  test('an executable that is no Node rejects the result, and join() returns', async () => {
    setExecutable('/bin/false')
    const child = new Process(tasks.nothing).start()
    await expect(child.result).rejects.toThrow(ProcessDiedError)
    await child.join()
    expect(child.exitCode).toBe(1)
  })

  test.each(kinds)('children of kind $kind and theirs inherit the level of the log (P21)', async ({ kind }) => {
    const logger = getLogger()
    logger.level = 32
    try {
      const seen = await new Process(tasks.inheritance, { args: [1], kind }).start().result
      expect([seen.logLevel, (seen.child as typeof seen).logLevel]).toEqual([32, 32])
    } finally {
      logger.level = 0
    }
  })
})

/** A folder far from any installed package; gone after the tests. */
function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}
