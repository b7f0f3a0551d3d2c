import {
  Manager,
  ManagerClosedError,
  Pool,
  PoolClosedError,
  Process,
  Queue,
  taskModule,
  ValueError,
  WorkerDiedError,
} from '@millrace/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allGone } from './processes.ts'

const tasks = taskModule<typeof import('./fixtures/manager-pool-tasks.mjs')>(
  new URL('./fixtures/manager-pool-tasks.mjs', import.meta.url),
)

describe("a manager's pool", () => {
  let manager: Manager
  beforeAll(async () => {
    manager = await new Manager({ process: true }).start()
  })
  afterAll(() => manager.shutdown())

  test('is used and ended by a child (M11)', async () => {
    const pool = await manager.pool({ processes: 2 })
    const child = new Process(tasks.useAndEnd, { args: [pool, tasks.square] }).start()
    expect(await child.result).toEqual([1, 4, 9])
    await child.join()
    expect(child.exitCode).toBe(0)
    await expect(pool.apply(tasks.square, [2])).rejects.toThrow(PoolClosedError)
  })

  test('calls, maps and iterates, in workers that are not children of this program', async () => {
    await using pool = await manager.pool({ processes: 1 })
    expect(await pool.apply(tasks.power, [2, 10])).toBe(1024)
    expect(
      await pool.starmap(tasks.power, [
        [2, 3],
        [3, 2],
      ]),
    ).toEqual([8, 9])
    const results: number[] = []
    for await (const result of await pool.imap(tasks.square, [1, 2, 3])) results.push(result)
    expect(results).toEqual([1, 4, 9])
    expect([process.pid, manager.pid]).not.toContain(await pool.apply(tasks.whoami, []))
  })

  test('fails a call as a pool here would', async () => {
    await using pool = await manager.pool({ processes: 1 })
    await expect(pool.apply(tasks.fail, [])).rejects.toThrow(RangeError)
    await expect(pool.apply(tasks.die, [])).rejects.toThrow(WorkerDiedError)
    expect(await pool.apply(tasks.square, [3])).toBe(9)
    await expect(manager.pool({ processes: 0 })).rejects.toThrow(ValueError)
  })

  test('ends with its manager, and so do its workers', async () => {
    const other = await new Manager({ process: true }).start()
    const pool = await other.pool({ processes: 1 })
    const worker = await pool.apply(tasks.whoami, [])
    await other.shutdown()
    await expect(pool.apply(tasks.whoami, [])).rejects.toThrow(ManagerClosedError)
    await allGone([worker])
  })

  test('is for managers with a process of their own', async () => {
    await using here = await new Manager().start()
    await expect(here.pool()).rejects.toThrow(/\{ process: true \}/)
  })
})

test('a task can be an argument: whoever gets it can have it run', async () => {
  await using pool = new Pool({ processes: 1 })
  const queue = new Queue<typeof tasks.square>()
  await queue.put(tasks.square)
  expect(await pool.apply(await queue.get(), [5])).toBe(25)
})
