import { once } from 'node:events'
import { Process, SharedValue, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { thorough } from '../../../core/test/thorough.ts'

const tasks = taskModule<typeof import('../fixtures/shared-tasks.mjs')>(
  new URL('../fixtures/shared-tasks.mjs', import.meta.url),
)

/** Kills in all, most of them where there is time for it; in groups of processes that are under way together. */
const KILLS = thorough(500, 50)
const TOGETHER = 5

describe.runIf(process.platform === 'linux')('a SIGKILL inside update()', () => {
  test(`${KILLS} times, never leaves the lock taken, nor half of an update`, { timeout: 600_000 }, async () => {
    const [value, begun] = [new SharedValue('int32', 0), new SharedValue('int32', 0)]
    for (let killed = 0; killed < KILLS; killed += TOGETHER) {
      const children = Array.from({ length: TOGETHER }, () =>
        new Process(tasks.dieWithin, { args: [value, begun], stdio: 'ignore' }).start(),
      )
      // While they come and go, this process updates, too.
      await value.update((old) => old + 1)
      await Promise.all(children.map((child) => child.join()))
      expect(children.map((child) => child.exitCode)).toEqual(Array(TOGETHER).fill(-9))
    }
    expect(await begun.get()).toBe(KILLS)
    expect(await value.get()).toBe(KILLS * 10 + KILLS / TOGETHER)
  })

  test('in the very turn in which the value arrived leaves the lock to others', async () => {
    const value = new SharedValue('int32', 0)
    for (let i = 0; i < 5; i++) {
      const child = new Process(tasks.dieAtOnce, { args: [value], stdio: 'ignore' }).start()
      await child.join()
      using guard = await value.getLock().hold()
      expect(guard.abandoned).toMatch(new RegExp(`^${child.name} \\(.*, pid ${child.pid}\\)$`))
    }
  })
})

describe.runIf(process.platform === 'linux')('processes that are killed at any moment', () => {
  test('leave a state that the next owner repairs', { timeout: 120_000 }, async () => {
    const [first, second, repairs] = [0, 0, 0].map((zero) => new SharedValue('int32', zero)) as [
      SharedValue<'int32'>,
      SharedValue<'int32'>,
      SharedValue<'int32'>,
    ]
    const start = () => new Process(tasks.raiseBoth, { args: [first, second, repairs] }).start()
    let running = [start(), start()]
    for (let i = 0; i < 30; i++) {
      const before = first.value
      // They go on, whoever was killed before.
      while (first.value < before + 2_000) await once(setImmediateTarget(), 'turn')
      const [victim = start(), other = start()] = running
      await victim.kill()
      await victim.join()
      expect(victim.exitCode).toBe(-9)
      running = [other, start()]
    }
    for (const child of running) await child.kill()
    await Promise.all(running.map((child) => child.join()))
    await first.getLock().acquire()
    if (first.getLock().abandoned) second.atomic.exchange(first.value)
    expect(first.value).toBe(second.value)
    first.getLock().release()
  })
})

/** Something that happens in the next turn. */
function setImmediateTarget(): EventTarget {
  const target = new EventTarget()
  setImmediate(() => target.dispatchEvent(new Event('turn')))
  return target
}
