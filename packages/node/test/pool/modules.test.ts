import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BrokenPoolError, Pool, TimeoutError, taskModule, WorkerDiedError } from '@millrace/node'
import { afterAll, describe, expect, test } from 'vitest'
import { errorOf } from '../futures/tasks.ts'
import { kinds } from '../kinds.ts'
import { runProgram } from '../processes.ts'

type Never = { never(): void }
const at = (name: string) => new URL(`./fixtures/${name}`, import.meta.url)
const tasks = taskModule<typeof import('./fixtures/row-tasks.mjs')>(at('row-tasks.mjs'))
const exits = taskModule<Never>(at('exits-at-import.mjs'))
const neverLoads = taskModule<Never>(at('never-loads.mjs'))
const missing = taskModule<Never>(at('no-such-module.mjs'))

const folder = mkdtempSync(join(tmpdir(), 'millrace-modules-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(kinds)('a task module that cannot be loaded, $kind', ({ kind }) => {
  test('because it is not there fails its own calls', async () => {
    await using pool = new Pool({ processes: 1, kind })
    const [bad, good] = [pool.apply(missing.never), pool.apply(tasks.square, [3])]
    expect((await errorOf(bad)).message).toMatch(/no-such-module/)
    expect(await good).toBe(9)
  })

  test('because it ends its worker fails the call that wanted it, and the pool goes on', async () => {
    await using pool = new Pool({ processes: 1, kind, stdio: 'ignore' })
    expect(await pool.apply(tasks.square, [3])).toBe(9)
    expect(await errorOf(pool.apply(exits.never))).toBeInstanceOf(WorkerDiedError)
    expect(await pool.apply(tasks.square, [4])).toBe(16)
  })

  test('and is the first that the pool is given, so that no worker is ever ready, breaks it after some deaths (G13)', async () => {
    const pool = new Pool({ processes: 1, kind, stdio: 'ignore', maxStartFailures: 2 })
    const calls = [pool.apply(exits.never), pool.apply(exits.never), pool.apply(tasks.square, [3])]
    const errors = await Promise.all(calls.map(errorOf))
    expect(errors.at(-1)).toBeInstanceOf(BrokenPoolError)
    await pool.join()
  })

  test('because it never has been can be given up', async () => {
    await using pool = new Pool({ processes: 1, kind, grace: 50 })
    expect(await pool.apply(tasks.square, [3])).toBe(9)
    expect(await errorOf(pool.apply(neverLoads.never, [], { timeout: 200 }))).toBeInstanceOf(TimeoutError)
    expect(await pool.apply(tasks.square, [4])).toBe(16)
  })

  const strips = Boolean((process.features as { typescript?: unknown }).typescript)

  test.skipIf(strips)('because it is TypeScript, and nothing is there that could, says what to do', async () => {
    writeFileSync(join(folder, 'tasks.ts'), 'export const answer = (): number => 42\n')
    const url = pathToFileURL(join(folder, 'tasks.ts')).href
    const { stdout } = await runProgram('../pool/fixtures/typed-program.mjs', { args: [url, kind], cwd: folder }).ended
    const [{ name, message }] = JSON.parse(stdout)
    expect([name, message]).toEqual([
      expect.stringMatching(/StartError|BrokenPoolError/),
      expect.stringContaining('install tsx'),
    ])
  })
})
