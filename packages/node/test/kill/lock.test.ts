import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Lock, Process, RLock, Semaphore, taskModule } from '@millrace/node'
import { afterAll, describe, expect, it } from 'vitest'
import { thorough } from '../../../core/test/thorough.ts'
import type * as Tasks from '../fixtures/lock-tasks.mjs'
import { read } from '../fixtures/lock-tasks.mjs'
import { eventually } from '../processes.ts'
import { chance, Victims } from './victims.ts'

const tasks = taskModule<typeof Tasks>(new URL('../fixtures/lock-tasks.mjs', import.meta.url))
const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000)

const folder = mkdtempSync(join(tmpdir(), 'millrace-lock-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** As many as there is time for. */
const KILLS = thorough(500, 80)
/** So many wait for the lock at a time. */
const ROTATION = 4

interface Entry {
  readonly pid: number
  readonly told: string | null
  readonly found: 'whole' | 'half'
  readonly sound: boolean
}

describe('a lock whose holders are killed', () => {
  it(`is recovered ${KILLS} times, each next holder is told by whom it was left, and repairs what that left half done`, async () => {
    const lock = new Lock()
    const [file, log] = [join(folder, 'state'), join(folder, 'log')]
    writeFileSync(file, '0 0')
    writeFileSync(log, '')
    let started = 0
    const die = async () => {
      while (started < KILLS) {
        const way = started++ % 2 === 0 ? 'at once' : 'after a turn'
        const victim = new Process(tasks.dieInside, { args: [lock, file, log, way] }).start()
        await victim.join()
        expect(victim.exitCode).toBe(-9)
      }
    }
    await Promise.all(Array.from({ length: ROTATION }, die))

    const entries: Entry[] = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(entries).toHaveLength(KILLS)
    for (const [i, { told, found, sound }] of entries.entries()) {
      expect(sound).toBe(true)
      expect(found).toBe(i === 0 ? 'whole' : 'half')
      if (i === 0) expect(told).toBeNull()
      else expect(told).toMatch(new RegExp(`pid ${entries[i - 1]!.pid}\\)$`))
    }
    using guard = await lock.hold()
    expect(guard.abandoned).toMatch(`pid ${entries.at(-1)!.pid}`)
    expect(read(file)).toEqual([KILLS, KILLS - 1])
  }, 600_000)

  it('is free, and nobody is told of anything, when they had left it before', async () => {
    const lock = new Lock()
    for (let i = 0; i < 12; i++) {
      const victim = new Process(tasks.dieOutside, { args: [lock, [1, 50, 20_000][i % 3]!] }).start()
      await victim.join()
      expect((await lock.hold().then((guard) => guard.release().then(() => guard))).abandoned).toBeUndefined()
    }
  })

  it.each([
    { kind: 'process', name: 'Lock', make: () => new Lock() },
    { kind: 'process', name: 'RLock', make: () => new RLock() },
    { kind: 'process', name: 'Semaphore', make: () => new Semaphore(1) },
    { kind: 'thread', name: 'Lock', make: () => new Lock() },
  ] as const)(
    'is known to be held by one that never came back to its event loop: $name, $kind',
    async ({ kind, name, make }) => {
      const lock = make()
      for (let i = 0; i < 3; i++) {
        const file = join(folder, `${name}-${kind}-${i}`)
        const victim = new Process(tasks.blockInside, { args: [lock, file], kind, name: `blocked ${i}` }).start()
        await eventually('inside', async () => existsSync(file))
        expect(await lock.locked()).toBe(true)
        const next = lock.hold()
        await victim.kill()
        const guard = await next
        expect(guard.abandoned).toMatch(`blocked ${i} (`)
        await guard.release()
      }
    },
  )

  it.each(['process', 'thread'] as const)('is shared by those that live on (kind %s)', async (kind) => {
    const lock = new Lock()
    const victims = new Victims(2, chance(seed), () => new Process(tasks.enterForEver, { args: [lock], kind }).start())
    let entered = 0
    let over = false
    const here = (async () => {
      for (; !over; entered++) await lock.withLock(() => {})
    })()
    for (let i = 0; i < 12; i++) await victims.killOne(120)
    await victims.killAll()
    over = true
    await here
    expect(entered).toBeGreaterThan(12)
    expect(await lock.locked()).toBe(false)
  })
})
