import { Barrier, BrokenBarrierError, Condition, Process, Queue, SharedEvent, taskModule } from '@millrace/node'
import { describe, expect, it } from 'vitest'
import { thorough } from '../../../core/test/thorough.ts'
import { eventually } from '../processes.ts'
import { chance } from './victims.ts'

const tasks = taskModule<typeof import('../fixtures/signal-tasks.mjs')>(
  new URL('../fixtures/signal-tasks.mjs', import.meta.url),
)
const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000)

const kinds = [
  { kind: 'process', kills: thorough(40, 8) },
  { kind: 'thread', kills: thorough(20, 6) },
] as const

describe.each(kinds)(`a party of kind $kind that ends (MILLRACE_SEED=${seed})`, ({ kind, kills }) => {
  async function passOnce(how: 'return' | 'exit' | 'fail' | 'throw') {
    const [barrier, go] = [new Barrier(2), new SharedEvent()]
    const child = new Process(tasks.passAndEnd, { args: [barrier, go, how], kind, stdio: 'ignore' }).start()
    await barrier.wait()
    return { barrier, go, child }
  }

  it.each(['return', 'exit'] as const)('by itself, with %s, does no harm to a barrier', async (how) => {
    const { barrier, go, child } = await passOnce(how)
    const waiting = barrier.wait()
    await go.set()
    await child.join()
    expect(child.exitCode).toBe(0)
    const next = new Process(tasks.passAndEnd, { args: [barrier, go, 'return'], kind }).start()
    expect(await waiting).toBe(0)
    await next.join()
    expect(await barrier.broken()).toBe(false)
  })

  it.each(['fail', 'throw'] as const)('in failure, with %s, breaks a barrier', async (how) => {
    const { barrier, go } = await passOnce(how)
    const refused = expect(barrier.wait()).rejects.toThrow(/process Process-\d+ \(.+\) died; it was one of the parties/)
    await go.set()
    await refused
  })

  it('because it was asked to terminate breaks a barrier', async () => {
    const { barrier, child } = await passOnce('return')
    const refused = expect(barrier.wait()).rejects.toThrow(BrokenBarrierError)
    await child.terminate()
    await refused
  })

  it('while it waits breaks a barrier, however it does', async () => {
    const barrier = new Barrier(3)
    const refused = expect(barrier.wait()).rejects.toThrow(/ended while it waited/)
    await new Process(tasks.exitWaiting, { args: [barrier], kind }).start().join()
    await refused
  })

  it('because it was killed while it waits breaks a barrier, each time', async () => {
    const barrier = new Barrier(4)
    for (let i = 0; i < kills; i++) {
      const victim = new Process(tasks.party, { args: [barrier], kind }).start()
      const waiting = Promise.allSettled([barrier.wait(), barrier.wait()])
      await eventually('three wait', async () => (await barrier.nWaiting()) === 3)
      await victim.kill()
      for (const { status, reason } of (await waiting) as PromiseRejectedResult[])
        expect([status, reason]).toEqual(['rejected', expect.any(BrokenBarrierError)])
      await victim.join()
      expect(await barrier.broken()).toBe(true)
      await barrier.reset()
    }
  })

  it('because it was killed at a random instant, between rounds or in one, leaves nobody waiting', async () => {
    const random = chance(seed)
    const barrier = new Barrier(2)
    for (let i = 0; i < kills / 2; i++) {
      const victim = new Process(tasks.party, { args: [barrier], kind }).start()
      let rounds = 0
      const rounding = (async () => {
        for (;;) {
          await barrier.wait()
          rounds++
        }
      })()
      const ended = expect(rounding).rejects.toThrow(BrokenBarrierError)
      await eventually('rounds', async () => rounds > 10)
      await new Promise((resolve) => setTimeout(resolve, random() * 20))
      await victim.kill()
      await ended
      await victim.join()
      await barrier.reset()
    }
  })

  it('because it was killed when it had just been notified does not take the notification along', async () => {
    const random = chance(seed + 1)
    const condition = new Condition()
    const [again, asleep, next] = [new Queue<null>(), new Queue<null>(), new SharedEvent()]
    const other = new Process(tasks.sleepAgain, { args: [condition, again, asleep, next], kind }).start()
    let passedOn = 0
    for (let i = 0; i < kills; i++) {
      const woken = new SharedEvent()
      const victim = new Process(tasks.sleeper, { args: [condition, asleep, woken], kind, stdio: 'ignore' }).start()
      await asleep.get()
      await again.put(null)
      await asleep.get()
      await condition.acquire()
      await condition.notify()
      // Half of them die on their way to the lock, and the others when they may have it.
      if (i % 2 === 0) await victim.kill()
      await condition.release()
      await new Promise((resolve) => setTimeout(resolve, random() * 2))
      await victim.kill()
      await victim.join()
      if (await woken.isSet()) {
        expect(await next.wait({ timeout: 5 })).toBe(false)
        await condition.withLock(() => condition.notify())
      } else passedOn++
      expect(await next.wait({ timeout: 20_000 })).toBe(true)
      await next.clear()
    }
    expect(passedOn).toBeGreaterThanOrEqual(kills / 2)
    await other.kill()
    await other.join()
  })
})
