import { OutOfMemoryError, Pool, taskModule, WorkerDiedError } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { errorOf } from '../futures/tasks.ts'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof import('./fixtures/row-tasks.mjs')>(
  new URL('./fixtures/row-tasks.mjs', import.meta.url),
)
const MEBIBYTE = 1024 * 1024

describe.each(kinds)('a pool, $kind', ({ kind }) => {
  test("an error brings the worker's trace: the file, the function and the line (L14)", async () => {
    await using pool = new Pool({ processes: 1, kind })
    const error = await errorOf(pool.apply(tasks.rangeError))
    expect([error, error.message]).toEqual([expect.any(RangeError), '123'])
    expect(error.cause?.name).toBe('RemoteTraceback')
    expect(error.cause?.stack).toMatch(/rangeError.*row-tasks\.mjs:\d+/)
  })

  test('process.exit() in a task fails that, with the exit code and what was written last (E20)', async () => {
    await using pool = new Pool({ processes: 1, kind, stdio: 'ignore' })
    const error = (await errorOf(pool.apply(tasks.exit, [7]))) as WorkerDiedError
    expect(error).toBeInstanceOf(WorkerDiedError)
    expect(error).toMatchObject({ task: 'exit', exitCode: 7, signal: null, pid: expect.any(Number) })
    const clean = (await errorOf(pool.apply(tasks.exit, [0]))) as WorkerDiedError
    expect(clean).toBeInstanceOf(WorkerDiedError)
    expect(clean.exitCode).toBe(0)
    expect(await pool.apply(tasks.square, [3])).toBe(9)
  })

  test('the death of a worker brings the end of its standard error', async () => {
    await using pool = new Pool({ processes: 1, kind, stdio: 'pipe' })
    const error = (await errorOf(pool.apply(tasks.exit, [7, 'the last words']))) as WorkerDiedError
    expect(error.stderr).toContain('the last words')
  })

  test('a worker that has grown too large is replaced between two tasks, and nothing is lost', async () => {
    // A process that has just been started has some 50 MiB.
    const maxMemoryPerChild = (kind === 'process' ? 110 : 30) * MEBIBYTE
    await using pool = new Pool({ processes: 1, kind, maxMemoryPerChild })
    const kept: number[] = []
    for (let i = 0; i < 8; i++) {
      kept.push(await pool.apply(tasks.grow, [20 * MEBIBYTE]))
      // A worker says how much it uses ten times a second.
      await pool.apply(tasks.pause, [150])
    }
    expect(kept.filter((count) => count === 1).length).toBeGreaterThan(1)
    expect(Math.max(...kept)).toBeLessThan(8)
  })

  test('a task that grows beyond the limit of its worker ends that alone', async () => {
    await using pool = new Pool({
      processes: 2,
      kind,
      stdio: 'ignore',
      resourceLimits: { maxOldGenerationSizeMb: 40 },
    })
    const [dead, others] = [pool.apply(tasks.growForEver), pool.map(tasks.square, [1, 2, 3])]
    const error = await errorOf(dead)
    expect(error).toBeInstanceOf(WorkerDiedError)
    expect(error.cause).toBeInstanceOf(OutOfMemoryError)
    expect(await others).toEqual([1, 4, 9])
    expect(await pool.apply(tasks.square, [4])).toBe(16)
  })
})
