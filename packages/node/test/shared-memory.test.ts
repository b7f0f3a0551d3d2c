import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MappedBlocks } from '@millrace/core/internal'
import {
  FileNotFoundError,
  Process,
  RawArray,
  SharedArray,
  SharedMemory,
  SimpleQueue,
  taskModule,
  ValueError,
} from '@millrace/node'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { FileArena } from '../src/file-arena.ts'
import { kinds } from './kinds.ts'

const tasks = taskModule<typeof import('./fixtures/shared-tasks.mjs')>(
  new URL('./fixtures/shared-tasks.mjs', import.meta.url),
)
const leftInMemory = () => readdirSync('/dev/shm').filter((name) => name.startsWith('millrace'))
const scratch = mkdtempSync(fileURLToPath(new URL('../.guides-shared-', import.meta.url)))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe.runIf(process.platform === 'linux')('mapped memory', () => {
  test('is the same through two descriptors, reserved and zero when it is taken again', () => {
    const arena = FileArena.create()!
    const mapping = arena.mapping!
    expect(mapping.view(0, 64)).toBeUndefined()
    expect(mapping.reserve(2 ** 45, 10_000)).toBe(true)
    const [one, two] = [0, 0].map(() => new Uint8Array(mapping.view(2 ** 45, 10_000)!)) as [Uint8Array, Uint8Array]
    expect(one.every((byte) => byte === 0)).toBe(true)
    one.fill(7)
    expect(two[9_999]).toBe(7)
    expect(mapping.reserve(2 ** 45 + 64, 9_000)).toBe(true)
    expect([two[63], two[64], two[9_063], two[9_064]]).toEqual([7, 0, 0, 7])
  })

  test('that is not reserved, or lies nowhere, is refused and not looked at', () => {
    const mapping = FileArena.create()!.mapping!
    for (const [position, size] of [
      [2 ** 45, 64],
      [-64, 64],
      [0.5, 64],
      [2 ** 53, 64],
      [0, 0],
    ] as const)
      expect(mapping.view(position, size)).toBeUndefined()
    expect(mapping.reserve(2 ** 45, 2 ** 50)).toBe(false)
  })

  test('goes from one value to the next when the first is garbage, and begins with zero', async () => {
    const rounds = 40
    const taken = vi.spyOn(MappedBlocks.prototype, 'take')
    for (let round = 0; round < rounds; round++) {
      const array = new RawArray('float64', 1_000_000)
      expect(array.view.every((number) => number === 0)).toBe(true)
      array.view.fill(round + 1)
      await garbage()
    }
    expect(new Set(taken.mock.results.map(({ value }) => value)).size).toBeLessThan(rounds / 2)
  })

  test('is not given back while there is a view of it', async () => {
    const view = (() => new SharedArray('int32', 1_000).view)()
    view.fill(9)
    await garbage()
    const others = Array.from({ length: 50 }, () => new SharedArray('int32', 1_000))
    for (const other of others) other.view.fill(1)
    expect(view.every((number) => number === 9)).toBe(true)
  })

  test('larger than a window works, and more than there can be is refused', async () => {
    const large = new RawArray('uint8', 200 * 1024 * 1024)
    large.view[200 * 1024 * 1024 - 1] = 5
    const child = new Process(tasks.lastOf, { args: [large] }).start()
    expect(await child.result).toBe(5)
    expect(() => new RawArray('float64', 2 ** 32)).toThrow(ValueError)
  })

  test('outlives the process that made it', async () => {
    const queue = new SimpleQueue<SharedArray<'float64'>>()
    const child = new Process(tasks.makeAndLeave, { args: [queue as SimpleQueue<unknown>] }).start()
    await child.join()
    const array = await queue.get()
    expect(array.view.every((number) => number === 1.5)).toBe(true)
    expect(await new Process(tasks.sum, { args: [array] }).start().result).toBe(150_000)
  })

  test.each(['SIGKILL to the parent', 'SIGKILL to the child'])(
    'leaves no name in the file system after %s',
    async (how) => {
      const program = spawn(
        process.execPath,
        [fileURLToPath(new URL('./fixtures/shared-program.mjs', import.meta.url))],
        {
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      )
      const [line] = (await once(program.stdout, 'data')) as [Buffer]
      expect(leftInMemory()).toEqual([])
      const pid = how.endsWith('child') ? Number(String(line).trim()) : program.pid!
      process.kill(pid, 'SIGKILL')
      if (how.endsWith('child')) await once(program.stdout, 'data')
      program.kill('SIGKILL')
      await once(program, 'exit')
      expect(leftInMemory()).toEqual([])
    },
  )

  test('is not made, nor koffi loaded, by programs that share nothing', async () => {
    const main = `${scratch}/main.mjs`
    writeFileSync(
      main,
      `import { Queue } from '@millrace/node'
const queue = new Queue()
await queue.put(1)
const { createRequire } = await import('node:module')
console.log(Object.keys(createRequire(import.meta.url).cache).filter((name) => name.includes('koffi')).length)`,
    )
    const { stdout } = await promisify(execFile)(process.execPath, [main])
    expect(stdout.trim()).toBe('0')
  })
})

describe('a manager of shared memory', () => {
  test.each(kinds)('is shut down when its $kind is killed', async ({ kind }) => {
    const queue = new SimpleQueue<SharedMemory>()
    const child = new Process(tasks.manageBlock, { args: [queue as SimpleQueue<unknown>], kind }).start()
    const block = await (await queue.get()).ready()
    const again = await SharedMemory.open({ name: block.name })
    await child.kill()
    await child.join()
    await expect(SharedMemory.open({ name: block.name })).rejects.toThrow(FileNotFoundError)
    // Who has it keeps it.
    await again.write(Uint8Array.of(7))
    expect(await block.read(0, 1)).toEqual(Uint8Array.of(7))
  })
})

describe('a named block', () => {
  test('cannot be looked at after close(), but views of it live on', async () => {
    const block = await SharedMemory.open({ create: true, size: 16 })
    const view = block.buf
    view[0] = 3
    block.close()
    expect(() => block.buf).toThrow(/closed/)
    await garbage()
    expect(view[0]).toBe(3)
  })
})

/** Has the collector run, and what follows from that. */
async function garbage(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8')
  const { runInNewContext } = await import('node:vm')
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  for (let i = 0; i < 3; i++) {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
}
