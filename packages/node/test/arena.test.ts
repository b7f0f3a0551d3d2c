import { readdirSync } from 'node:fs'
import { Blocks } from '@millrace/core/internal'
import { Process, Queue, taskModule } from '@millrace/node'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { FileArena } from '../src/file-arena.ts'

const tasks = taskModule<typeof import('./fixtures/arena-tasks.mjs')>(
  new URL('./fixtures/arena-tasks.mjs', import.meta.url),
)
const MIB = 1024 * 1024

const leftInMemory = () => readdirSync('/dev/shm').filter((name) => name.startsWith('millrace'))

afterEach(() => {
  vi.restoreAllMocks()
})

describe.runIf(process.platform === 'linux').each(['process', 'thread'] as const)('large payloads, %s', (kind) => {
  test('use the same memory again and again, far beyond what there is of it', async () => {
    const stored = vi.spyOn(Blocks.prototype, 'store')
    const queue = new Queue<Uint8Array>({ maxsize: 4 })
    const sums = new Queue<number>()
    const child = new Process(tasks.sumFirsts, { args: [queue, sums, 100], kind }).start()
    for (let i = 0; i < 100; i++) await queue.put(new Uint8Array(2 * MIB).fill(i))
    expect(await sums.get()).toBe(4950)
    await child.join()
    // The first may have left before this process knew of its part of that memory.
    const inline = stored.mock.results.filter(({ value }) => value === undefined)
    expect(stored.mock.calls.length).toBeGreaterThan(90)
    expect(inline).toHaveLength(0)
  })

  test('take the other way where there is no memory left', async () => {
    const queue = new Queue<Uint8Array>({ maxsize: 4 })
    const sums = new Queue<number>()
    const child = new Process(tasks.sumFirsts, { args: [queue, sums, 10], kind }).start()
    await sums.empty()
    vi.spyOn(Blocks.prototype, 'store').mockReturnValue(undefined)
    for (let i = 0; i < 10; i++) await queue.put(new Uint8Array(2 * MIB).fill(i))
    expect(await sums.get()).toBe(45)
    await child.join()
  })

  test('leave no file behind, not even when a process is killed in the middle', async () => {
    const queue = new Queue<Uint8Array>({ maxsize: 2 })
    const child = new Process(tasks.putForEver, { args: [queue, MIB], kind }).start()
    for (let i = 0; i < 3; i++) expect((await queue.get()).length).toBe(MIB)
    expect(leftInMemory()).toEqual([])
    await child.kill()
    await child.join()
    expect(leftInMemory()).toEqual([])
  })
})

describe.runIf(process.platform === 'linux')('the file that is memory', () => {
  test('says when there is no room, and when there is not so much to read', () => {
    const arena = FileArena.create()!
    expect(arena.write(10, Uint8Array.of(1, 2, 3))).toBe(true)
    const into = new Uint8Array(3)
    expect(arena.read(10, into)).toBe(true)
    expect([...into]).toEqual([1, 2, 3])
    expect(arena.read(11, into)).toBe(false)
    expect(arena.read(2 ** 58, into)).toBe(false)
    expect(new FileArena(-1).write(0, into)).toBe(false)
    expect(leftInMemory()).toEqual([])
  })
})
