import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool, PoolTerminatedError, type Task, taskModule, WorkerDiedError } from '@millrace/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { thorough } from '../../../core/test/thorough.ts'
import type * as Tasks from '../fixtures/stage-tasks.mjs'
import { Snag } from '../fixtures/stage-tasks.mjs'
import { allGone, eventually } from '../processes.ts'

const tasks = taskModule<typeof Tasks>(new URL('../fixtures/stage-tasks.mjs', import.meta.url))

/** At each stage, as many as there is time for. */
const KILLS = thorough(50, 4)
const stages = ['decoding', 'running', 'waiting', 'replying'] as const

const folder = mkdtempSync(join(tmpdir(), 'millrace-pool-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newFile = () => join(folder, String(++files))

/** Resolves with the pid of who has come to that stage. */
async function pidIn(file: string): Promise<number> {
  await eventually('at its stage', async () => existsSync(file) && readFileSync(file, 'utf8') !== '')
  return Number(readFileSync(file, 'utf8'))
}

function begin(pool: Pool, stage: (typeof stages)[number], file: string): Promise<unknown> {
  const snag = stage === 'decoding' || stage === 'replying' ? new Snag(stage, file) : { file }
  return pool.apply(tasks[stage] as Task<[snag: unknown], unknown>, [snag])
}

const squares = (pool: Pool) => Promise.all(Array.from({ length: 20 }, (_, n) => pool.apply(tasks.square, [n])))
const expected = Array.from({ length: 20 }, (_, n) => n * n)

describe(`a worker that is killed, ${KILLS} times at each stage (G52, G08)`, () => {
  let pool: Pool
  const dead: number[] = []
  beforeAll(() => {
    pool = new Pool({ processes: 2, kind: 'process' })
  })
  afterAll(async () => {
    await pool.close()
    await pool.join()
    await allGone(dead)
  })

  test.each(stages)(
    '%s: fails exactly the task that it had, and others are done',
    async (stage) => {
      for (let i = 0; i < KILLS; i++) {
        const file = newFile()
        const victim = begin(pool, stage, file).catch((error) => error)
        const neighbours = squares(pool)
        const pid = await pidIn(file)
        // Behind it, and beside it.
        const others = squares(pool)
        process.kill(pid, 'SIGKILL')
        dead.push(pid)
        const error = await victim
        expect(error).toBeInstanceOf(WorkerDiedError)
        expect(error).toMatchObject({ task: stage, pid, signal: 'SIGKILL', exitCode: -9 })
        expect([await neighbours, await others]).toEqual([expected, expected])
      }
    },
    600_000,
  )

  test('idle: nobody notices', async () => {
    for (let i = 0; i < KILLS; i++) {
      const pid = await pool.apply(tasks.whoAmI)
      process.kill(pid, 'SIGKILL')
      dead.push(pid)
      // Whether it is known by then or not, nothing is lost.
      expect(await squares(pool)).toEqual(expected)
    }
  }, 600_000)

  test('with a large result half written: nothing of that is ever read', async () => {
    for (let i = 0; i < KILLS; i++) {
      const file = newFile()
      const victim = pool.apply(tasks.large, [file, 8 * 1024 * 1024]).catch((error) => error)
      // It has to be on its way before this process reads no more.
      await pool.apply(tasks.whoAmI)
      while (!existsSync(file) && pool.stats.running > 0) await new Promise((resolve) => setImmediate(resolve))
      const outcome = await Promise.race([victim, pidIn(file).then((pid) => process.kill(pid, 'SIGKILL'))])
      const settled = outcome === true ? await victim : outcome
      if (settled instanceof Error) expect(settled).toBeInstanceOf(WorkerDiedError)
      else expect(settled).toHaveLength(8 * 1024 * 1024)
      expect(await squares(pool)).toEqual(expected)
    }
  }, 600_000)

  test('every one of them was replaced', async () => {
    expect(await squares(pool)).toEqual(expected)
    expect(pool.stats).toMatchObject({ workers: 2, open: 0 })
  })
})

describe.each(['process', 'thread'] as const)('a pool of one %s that is terminated', (kind) => {
  test.each(stages)(
    `${KILLS} times while it is %s: everything rejects, and the pool ends`,
    async (stage) => {
      for (let i = 0; i < KILLS; i++) {
        const pool = new Pool({ processes: 1, kind, grace: 20, stdio: 'ignore' })
        const file = newFile()
        const calls = [begin(pool, stage, file)]
        await pidIn(file)
        calls.push(pool.apply(tasks.square, [1]), pool.map(tasks.square, [1, 2]))
        await pool.terminate()
        const outcomes = await Promise.allSettled(calls)
        for (const outcome of outcomes)
          expect(outcome).toEqual({ status: 'rejected', reason: expect.any(PoolTerminatedError) })
        await pool.join()
        expect(pool.stats.workers).toBe(0)
      }
    },
    600_000,
  )
})
