import { describe, expect, test } from 'vitest'
import { NO_WORD } from '../src/pool/kept-word.ts'
import { Ledger } from '../src/pool/ledger.ts'
import { PLAIN, type Plan } from '../src/pool/plan.ts'
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

const TIMED: Plan = { ...PLAIN, attemptTimeout: 60_000 }

/** A ledger, and a worker that has begun the first unit that it was handed. */
function office(concurrency = 1) {
  const clock = new ManualClock()
  const outlet = { worn: false, hand: () => {}, takeClaim: () => 0, hasBegun: () => true, renewClaims: () => {} }
  const seat = new Seat<TaskUnit>(outlet, concurrency, true)
  seat.up = true
  const state = { begun: 1, stuck: false }
  const hasBegun = (number: number) => number <= state.begun
  const worker = {
    seat,
    process: { name: 'worker' },
    abort: () => {},
    works: () => true,
    hasBegun,
  } as unknown as PoolWorker
  const owner = {
    workers: new Set([worker]),
    short: () => {},
    mayGrow: () => false,
    idle: () => {},
    stuck: () => {
      state.stuck = true
    },
    done: () => {},
    verdict: () => undefined,
  }
  const context = { clock, reportLater: () => {}, pending: () => {} } as never
  const ledger = new Ledger(context, owner, new PoolEvents(() => {}), 100)
  ledger.dispatcher.join(seat)
  const call = (plan: Plan) => new Call(new TaskKind(1, { name: 'task' } as never), plan, 1, NO_WORD)
  const mine = call(TIMED)
  const hand = (unit = mine) => {
    unit.worker = worker
    unit.number = ++seat.given
    seat.count++
    seat.held.set(unit.number, unit)
    if (unit.plan.attemptTimeout !== undefined) ledger.watch(unit)
  }
  return { clock, ledger, worker, seat, state, unit: mine, call, hand }
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

describe('one that could not be taken back, and is not begun for a neighbour that does not yield,', () => {
  test('does not have its worker stopped when it is given up, nor is its time over', async () => {
    const { clock, ledger, worker, state, unit, call, hand } = office(3)
    const [neighbour, late] = [call(PLAIN), call(TIMED)]
    for (const each of [neighbour, unit, late]) hand(each)
    ledger.abort(unit, 'enough')
    await clock.advance(50_000)
    await clock.advance(20_000)
    expect([unit.outcomes, late.outcomes, state.stuck]).toEqual([['enough'], [], false])
    state.begun = 3
    await clock.advance(1_000)
    expect([late.outcomes, state.stuck]).toEqual([[], true])
    ledger.reply(worker, [late.number, 0, 'result'])
    expect(late.outcomes).toEqual(['result'])
  })

  test('but where there is no such neighbour, it does', async () => {
    const { clock, ledger, state, unit, hand } = office(2)
    state.begun = 0
    hand()
    ledger.abort(unit, 'enough')
    await clock.advance(100)
    expect(state.stuck).toBe(true)
  })
})
