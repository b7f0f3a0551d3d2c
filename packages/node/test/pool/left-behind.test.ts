import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool, taskModule } from '@millrace/node'
import { describe, expect, test, vi } from 'vitest'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof import('./fixtures/late-tasks.mjs')>(
  new URL('./fixtures/late-tasks.mjs', import.meta.url),
)

describe.each(kinds)('what a task leaves behind in a $kind', ({ kind }) => {
  test('may keep its worker busy for ever: the others get the calls that it has and does not begin', async () => {
    const pool = new Pool({ processes: 2, kind })
    await pool.prewarm()
    const folder = mkdtempSync(join(tmpdir(), 'millrace-left-'))
    const file = join(folder, 'spins')
    await pool.apply(tasks.leaveSpinning, [file])
    await vi.waitUntil(() => existsSync(file), { timeout: 10_000 })
    for (let round = 0; round < 3; round++) {
      const calls = [1, 2, 3].map((n) => pool.apply(tasks.square, [n]))
      expect(await Promise.all(calls)).toEqual([1, 4, 9])
    }
    rmSync(folder, { recursive: true })
    await pool.terminate()
    await pool.join()
  })
})
