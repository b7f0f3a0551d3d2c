import { beforeEach, describe, expect, test } from 'vitest'
import { Context } from '../src/context.ts'
import { ClosedError, DisconnectedError } from '../src/errors.ts'
import { HANDLE } from '../src/handle.ts'
import { Lock } from '../src/lock.ts'
import { memoryTransports } from '../src/memory-transport.ts'
import { Semaphore } from '../src/semaphore.ts'
import { OneContext } from './one-context.ts'
import { Cancellation } from './simulation/cancellation.ts'

let program: OneContext
let lock: Lock

beforeEach(() => {
  program = new OneContext()
  lock = program.make(() => new Lock())
})

/** The same lock in a context of its own. */
function elsewhere(name: string): { there: Lock; context: Context } {
  const { root } = program
  const [near, far] = memoryTransports()
  root.hub!.attach(far)
  const context = new Context(name, near, root.context.turn, program.clock, root.context.maxFrame)
  return { there: new Lock({ context, id: lock[HANDLE].id }), context }
}

/** Lets so many turns end. */
async function after(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    program.clock.endTurns()
  }
}

describe('an acquire that is cancelled', () => {
  // Up to the turn in which it would have been served, and beyond.
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('after %i turns, its permit being on its way, leaks none', async (turns) => {
    const { there } = elsewhere('b')
    expect(await program.now(there.acquire())).toBe(true)
    const cancellation = new Cancellation()
    let entered = false
    const settled = lock.hold({ signal: cancellation }).then(
      async (guard) => {
        entered = true
        await guard.release()
      },
      () => {},
    )
    await after(3)
    void there.release()
    await after(turns)
    cancellation.abort()
    await program.now(settled)
    if (turns === 0) expect(entered).toBe(false)
    for (const each of [there, lock, there]) {
      expect(await program.now(each.acquireNowait())).toBe(true)
      expect(await program.now(each.release())).toBeUndefined()
    }
    expect(await program.now(lock.locked())).toBe(false)
  })

  test('leaves nothing behind: no timer, nothing pending', async () => {
    const { there } = elsewhere('b')
    await program.now(there.acquire())
    let busy = true
    program.root.context.whileBusy((now) => {
      busy = now
    })
    const cancellation = new Cancellation()
    const waiting = lock.acquire({ signal: cancellation, timeout: 5_000 })
    await program.clock.settle()
    expect([busy, program.clock.timers]).toEqual([true, 1])
    cancellation.abort()
    expect(await program.now(waiting)).toBeInstanceOf(Error)
    expect([busy, program.clock.timers]).toEqual([false, 0])
  })
})

describe('in one process', () => {
  test('those who wait are served in order, and one who comes later does not overtake them', async () => {
    await program.now(lock.acquire())
    const order: number[] = []
    const waiting = [1, 2, 3].map((n) => lock.acquire().then(() => order.push(n)))
    await program.clock.settle()
    for (let n = 1; n <= 3; n++) {
      void lock.release()
      // Right behind the release.
      expect(await program.now(lock.acquireNowait())).toBe(false)
      expect(order.length).toBe(n)
    }
    await Promise.all(waiting)
    expect(order).toEqual([1, 2, 3])
  })

  test('to acquire and release again and again takes no turn', async () => {
    await program.now(lock.acquire())
    await program.now(lock.release())
    let rounds = 0
    void (async () => {
      for (; rounds < 50; rounds++) {
        await lock.acquire()
        await lock.release()
      }
    })()
    for (let i = 0; i < 400; i++) await undefined
    expect(rounds).toBe(50)
  })

  test('a turn that lasts is cut, so that others get their turn', async () => {
    program.clock.cost = 0.1
    await program.now(lock.acquire())
    await program.now(lock.release())
    let rounds = 0
    void (async () => {
      for (; rounds < 10_000; rounds++) {
        await lock.acquire()
        await lock.release()
      }
    })()
    for (let i = 0; i < 100_000; i++) await undefined
    expect(rounds).toBeLessThan(10_000)
    expect(rounds).toBeGreaterThan(0)
  })
})

describe('what ends', () => {
  test('with the link: all that waits is refused, and all that follows', async () => {
    const { there } = elsewhere('b')
    await program.now(there.acquire())
    const waiting = lock.acquire()
    await program.clock.settle()
    program.root.context.link.close()
    expect(await program.now(waiting)).toBeInstanceOf(DisconnectedError)
    expect(await program.now(lock.acquire())).toBeInstanceOf(DisconnectedError)
    expect(await program.now(lock.locked())).toBeInstanceOf(DisconnectedError)
  })

  test('with close(), a guard that is left being harmless', async () => {
    const guard = (await program.now(lock.hold())) as Awaited<ReturnType<Lock['hold']>>
    const { there } = elsewhere('b')
    await program.clock.settle()
    await program.now(lock.close())
    expect(() => guard[Symbol.dispose]()).not.toThrow()
    expect(await program.now(lock.release())).toBeInstanceOf(ClosedError)
    expect(await program.now(there.hold())).toMatchObject({ abandoned: '0' })
  })

  test('with the last handle: the hub keeps nothing', async () => {
    await program.clock.settle()
    const before = program.root.hub!.size
    const semaphore = program.make(() => new Semaphore(3))
    await program.now(semaphore.acquire())
    expect(program.root.hub!.size).toBe(before + 1)
    await program.now(semaphore.close())
    expect(program.root.hub!.size).toBe(before)
  })
})
