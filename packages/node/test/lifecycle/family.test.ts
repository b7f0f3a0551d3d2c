import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { exists } from '../kill/victims.ts'

const program = fileURLToPath(new URL('../fixtures/family.mjs', import.meta.url))

describe('a program that ends before its processes', () => {
  for (const busy of ['idle', 'busy'] as const) {
    it(`takes them and theirs along when it is killed, ${busy} ones (G14)`, async () => {
      const { child, pids, shells } = await start('stay', busy)
      child.kill('SIGKILL')
      await allGone([...pids, ...shells])
    })

    it(`takes them along when it calls process.exit(), ${busy} ones`, async () => {
      const { pids, shells, exitCode } = await start('exit', busy)
      expect(await exitCode).toBe(3)
      await allGone([...pids, ...shells])
    })
  }

  it('takes them along when it fails', async () => {
    const { pids, shells, exitCode } = await start('throw', 'idle')
    expect(await exitCode).toBe(1)
    await allGone([...pids, ...shells])
  })

  it('ends at once if they are daemons, and takes them along', async () => {
    const { pids, shells, exitCode } = await start('end', 'busy', 'daemon')
    expect(await exitCode).toBe(0)
    await allGone([...pids, ...shells])
  })

  it('waits for them if they are not', async () => {
    const { child, pids, exitCode } = await start('end', 'idle')
    const ended = await Promise.race([exitCode.then(() => true), wait(500).then(() => false)])
    expect(ended).toBe(false)
    expect(pids.every(exists)).toBe(true)
    child.kill('SIGKILL')
    await allGone(pids)
  })
})

async function start(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  const exitCode = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const line = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))))
  const pids = JSON.parse(line) as number[]
  return { child, pids, shells: [child.pid!, ...pids].flatMap(shellsOf), exitCode }
}

/** The shells that watch over a process's children; none where there is no /proc, or where it has ended. */
function shellsOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
    return children.filter((id) => id > 0 && readFileSync(`/proc/${id}/comm`, 'utf8').trim() !== 'node')
  } catch {
    return []
  }
}

async function allGone(pids: readonly number[]): Promise<void> {
  expect(pids.length).toBeGreaterThanOrEqual(2)
  const deadline = Date.now() + 60_000
  while (pids.some(exists) && Date.now() < deadline) await wait(20)
  expect(pids.filter(exists)).toEqual([])
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
