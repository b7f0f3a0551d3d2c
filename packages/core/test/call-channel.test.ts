import { beforeEach, describe, expect, test } from 'vitest'
import { CallChannel, type WaitingCall } from '../src/call-channel.ts'
import { ClosedError, DisconnectedError, ValueError } from '../src/errors.ts'
import type { Outlet, Primitive, Reply } from '../src/primitives/primitive.ts'
import { CalledPort, EXPIRED, Waiters } from '../src/primitives/waiters.ts'
import { OneContext } from './one-context.ts'

/** Answers what it is told to, when it is told to. */
class Oracle extends CalledPort implements Primitive {
  readonly waiters = new Waiters<Oracle>()
  /** What a CANCEL finds is answered by the test alone. */
  ignoresCancel = false
  readonly calls: unknown[] = []
  readonly cancelled: number[] = []
  left = 0

  connect(_outlet: Outlet): this {
    return this
  }

  call(operation: string, args: readonly unknown[], reply: Reply): void {
    this.calls.push([operation, ...args])
    if (operation === 'fail') return reply.fail(new ValueError('no'))
    if (operation !== 'wait') return reply.done(args[0])
    if (args[1] === true) reply.done(EXPIRED)
    else this.waiters.add(this, Number(args[0]), reply)
  }

  cancel(_lane: number, ticket: number): void {
    this.cancelled.push(ticket)
    if (!this.ignoresCancel) this.waiters.cancel(this, ticket)
  }

  release(): void {
    this.left++
  }

  dispose(): void {}
}

let program: OneContext
let oracle: Oracle
let channel: CallChannel
let unclaimed: unknown[]

beforeEach(() => {
  program = new OneContext()
  oracle = new Oracle()
  program.root.hub!.add('oracle', oracle)
  program.root.hub!.retain(['oracle'])
  channel = new CallChannel(program.root.context, {}, 'oracle', 'oracle', null)
  unclaimed = []
})

const WAITING: WaitingCall<unknown> = {
  operation: 'wait',
  expired: () => 'too late',
  unclaimed: (answer) => unclaimed.push(answer),
}

const pending = () => {
  let busy = false
  program.root.context.whileBusy((is) => {
    busy = is
  })()
  return busy
}

test('a call is answered, or rejected with what the primitive says', async () => {
  expect(await program.now(channel.call('echo', 7))).toBe(7)
  expect(await program.now(channel.call('fail'))).toBeInstanceOf(ValueError)
  channel.tell('fail')
  await program.clock.settle()
  expect(pending()).toBe(false)
})

test('a call that waits is answered in its own time', async () => {
  const waiting = channel.wait(WAITING, undefined)
  expect(await program.now(waiting)).toBe('pending')
  expect(pending()).toBe(true)
  oracle.waiters.shift()!.reply.done('at last')
  expect(await program.now(waiting)).toBe('at last')
  expect(pending()).toBe(false)
})

test.each([0, -1, Number.NaN])('with a timeout of %d it does not wait', async (timeout) => {
  expect(await program.now(channel.wait(WAITING, { timeout }))).toBe('too late')
  expect(oracle.cancelled).toEqual([])
})

test('a timeout settles it at once, and cancels it at the hub', async () => {
  const waiting = channel.wait(WAITING, { timeout: 50 })
  await program.clock.advance(49)
  expect(await program.now(waiting)).toBe('pending')
  await program.clock.advance(1)
  expect(await program.now(waiting)).toBe('too late')
  expect(oracle.waiters.size).toBe(0)
  expect(pending()).toBe(false)
  expect(program.clock.timers).toBe(0)
})

test('what expires may throw', async () => {
  const waiting = channel.wait(
    {
      operation: 'wait',
      expired: () => {
        throw new ValueError('too late')
      },
    },
    { timeout: 0 },
  )
  expect(await program.now(waiting)).toBeInstanceOf(ValueError)
})

test('a signal rejects it with its reason, and no listener or timer remains', async () => {
  const controller = new AbortController()
  const waiting = channel.wait(WAITING, { signal: controller.signal, timeout: 1_000 })
  await program.now(waiting)
  controller.abort('had enough')
  expect(await program.now(waiting)).toBe('had enough')
  expect(oracle.cancelled).toEqual([1])
  expect(program.clock.timers).toBe(0)
  expect(await program.now(channel.wait(WAITING, { signal: controller.signal }))).toBe('had enough')
  expect(oracle.calls).toHaveLength(1)
})

test('an answer that crosses the end of its waiter goes to `unclaimed`', async () => {
  oracle.ignoresCancel = true
  const waiting = channel.wait(WAITING, { timeout: 10 })
  await program.clock.advance(10)
  expect(await program.now(waiting)).toBe('too late')
  oracle.waiters.shift()!.reply.done('for nobody')
  await program.clock.settle()
  expect(unclaimed).toEqual(['for nobody'])
})

describe('where only the hub can tell', () => {
  const exact = { ...WAITING, exact: true }

  test('an answer that crosses the timeout is the answer', async () => {
    oracle.ignoresCancel = true
    const waiting = channel.wait(exact, { timeout: 10 })
    await program.clock.advance(10)
    expect(await program.now(waiting)).toBe('pending')
    oracle.waiters.shift()!.reply.done('in time')
    expect(await program.now(waiting)).toBe('in time')
    expect(unclaimed).toEqual([])
  })

  test('whoever gives up learns that it has, once the hub says so', async () => {
    const controller = new AbortController()
    const [timed, aborted] = [
      channel.wait(exact, { timeout: 10 }),
      channel.wait(exact, { signal: controller.signal, timeout: 20 }),
    ]
    const settled = Promise.allSettled([timed, aborted])
    await program.clock.advance(10)
    controller.abort('had enough')
    await program.clock.advance(20)
    expect(await settled).toMatchObject([{ value: 'too late' }, { reason: 'had enough' }])
    expect(oracle.cancelled).toEqual([1, 2])
  })

  test('what fails because it was given up is given up', async () => {
    oracle.ignoresCancel = true
    const waiting = channel.wait(exact, { timeout: 10 })
    await program.clock.advance(10)
    oracle.waiters.shift()!.reply.fail(new ValueError('somebody gave up'))
    expect(await program.now(waiting)).toBe('too late')
  })
})

test('closing ends what waits, and nothing begins after it', async () => {
  const waiting = channel.wait(WAITING, undefined)
  const settled = Promise.allSettled([waiting])
  await program.clock.settle()
  channel.close()
  expect(await settled).toMatchObject([{ reason: { _tag: 'ClosedError' } }])
  for (const refused of await program.allNow([channel.call('echo'), channel.wait(WAITING, undefined)]))
    expect(refused).toBeInstanceOf(ClosedError)
})

test('it is let go once everything that was begun has been answered', async () => {
  oracle.ignoresCancel = true
  const waiting = channel.wait(WAITING, { timeout: 5 })
  await program.clock.advance(5)
  expect(await program.now(waiting)).toBe('too late')
  channel.close()
  channel.whenIdle(() => channel.release('oracle'))
  await program.clock.settle()
  expect(oracle.left).toBe(0)
  oracle.waiters.shift()!.reply.done('for nobody')
  await program.clock.settle()
  expect(oracle.left).toBe(1)
})

test('all that waits learns that the link is gone', async () => {
  const waiting = [channel.wait(WAITING, undefined), channel.wait({ ...WAITING, exact: true }, { timeout: 1_000 })]
  const settled = Promise.allSettled(waiting)
  await program.clock.settle()
  program.root.context.link.close()
  expect(await settled).toMatchObject([
    { reason: { _tag: 'DisconnectedError' } },
    { reason: { _tag: 'DisconnectedError' } },
  ])
  expect(await program.now(channel.call('echo'))).toBeInstanceOf(DisconnectedError)
  expect(program.clock.timers).toBe(0)
})
