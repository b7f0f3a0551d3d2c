import { describe, expect, test } from 'vitest'
import { NO_WORD } from '../src/pool/kept-word.ts'
import { Ledger } from '../src/pool/ledger.ts'
import { PLAIN } from '../src/pool/plan.ts'
import { PoolEvents } from '../src/pool/pool-events.ts'
import type { PoolWorker } from '../src/pool/pool-worker.ts'
import { TaskKind } from '../src/pool/task-kind.ts'
import { type TaskUnit, WholeUnit } from '../src/pool/task-unit.ts'
import { Reply } from '../src/pool/words.ts'
import { Seat } from '../src/primitives/dispatcher.ts'
import { ManualClock } from './manual-clock.ts'

class Call extends WholeUnit {
  readonly outcomes: unknown[] = []

  done(value: unknown): void {
    this.outcomes.push(value)
  }

  failed(error: unknown): void {
    this.outcomes.push(error)
  }
}

/** A ledger, and a worker that has begun all that it was handed. */
function office() {
  const clock = new ManualClock()
  const outlet = { worn: false, hand: () => {}, takeClaim: () => 0, hasBegun: () => true, renewClaims: () => {} }
  const seat = new Seat<TaskUnit>(outlet, 1, true)
  seat.up = true
  const worker = { seat, process: { name: 'worker' }, abort: () => {}, works: () => true } as unknown as PoolWorker
  const owner = {
    workers: new Set([worker]),
    short: () => {},
    mayGrow: () => false,
    idle: () => {},
    stuck: () => {},
    done: () => {},
    verdict: () => undefined,
  }
  const context = { clock, reportLater: () => {}, pending: () => {} } as never
  const ledger = new Ledger(context, owner, new PoolEvents(() => {}), 100)
  ledger.dispatcher.join(seat)
  const unit = new Call(new TaskKind(1, { name: 'task' } as never), { ...PLAIN, attemptTimeout: 60_000 }, 1, NO_WORD)
  const hand = () => {
    unit.worker = worker
    unit.number = ++seat.given
    seat.count++
    seat.held.set(unit.number, unit)
    ledger.watch(unit)
  }
  return { clock, ledger, worker, seat, unit, hand }
}

describe('no timer outlives the unit that it is for', () => {
  test('if that was taken back and handed out again', () => {
    const { clock, ledger, worker, seat, unit, hand } = office()
    hand()
    seat.settle(unit.number)
    hand()
    expect(clock.timers).toBe(1)
    ledger.reply(worker, [unit.number, 0, 'result'])
    expect([unit.outcomes, clock.timers]).toEqual([['result'], 0])
  })

  test('if that was given up while its attempt was under way', () => {
    const { clock, ledger, worker, unit, hand } = office()
    hand()
    ledger.abort(unit, 'enough')
    expect(clock.timers).toBe(1)
    ledger.reply(worker, [unit.number, 0, 'late'])
    expect([unit.outcomes, clock.timers]).toEqual([['enough'], 0])
  })

  test('if everything failed', () => {
    const { clock, ledger, unit, hand } = office()
    hand()
    ledger.failAll('over')
    expect([unit.outcomes, clock.timers]).toEqual([['over'], 0])
  })
})

test('what others had the core for is no part of the pace', () => {
  const { ledger, worker, unit, hand } = office()
  hand()
  ledger.reply(worker, [unit.number, 30_000, 'result', Reply.DONE, 20_000])
  expect([unit.outcomes, unit.kind.pace]).toEqual([['result'], 10])
})
