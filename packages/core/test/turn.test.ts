import { beforeEach, describe, expect, test } from 'vitest'
import { type Flushable, Turn } from '../src/turn.ts'
import { ManualClock } from './manual-clock.ts'

let clock: ManualClock
let turn: Turn
let log: string[]

beforeEach(() => {
  clock = new ManualClock()
  turn = new Turn(clock)
  log = []
})

function link(name: string, then: (early: boolean) => void = () => {}, local = false): Flushable {
  return {
    local,
    flush: (early) => {
      log.push(early ? `${name} early` : name)
      then(early)
    },
  }
}

describe('what stays in this context', () => {
  test('goes first, so that what it gives rise to elsewhere leaves with the rest, once', () => {
    const away = link('away', () => turn.schedule(away))
    turn.schedule(away)
    turn.schedule(link('home', () => turn.schedule(link('further')), true))
    clock.endTurns()
    expect(log).toEqual(['home', 'away', 'further'])
    clock.endTurns()
    expect(log).toEqual(['home', 'away', 'further', 'away'])
  })

  test('can go before the turn ends, and the others do not', () => {
    turn.schedule(link('away'))
    turn.schedule(link('home', undefined, true))
    turn.flushLocal()
    expect(log).toEqual(['home early'])
    clock.endTurns()
    expect(log).toEqual(['home early', 'away'])
  })
})

describe('what was written in a turn', () => {
  test('leaves when it ends, in the order in which it was begun', () => {
    turn.schedule(link('a'))
    turn.schedule(link('b'))
    expect(log).toEqual([])
    clock.endTurns()
    expect(log).toEqual(['a', 'b'])
    clock.endTurns()
    expect(log).toEqual(['a', 'b'])
  })

  test('leaves at once when somebody says so, and not again', () => {
    turn.schedule(link('a'))
    turn.flush(true)
    expect(log).toEqual(['a early'])
    clock.endTurns()
    expect(log).toEqual(['a early'])
  })

  test('while it leaves goes along, but each link leaves once', () => {
    const answer = link('answer')
    const question: Flushable = link('question', () => {
      if (log.length < 3) {
        turn.schedule(answer)
        turn.schedule(question)
      }
    })
    turn.schedule(question)
    clock.endTurns()
    expect(log).toEqual(['question', 'answer'])
    clock.endTurns()
    expect(log).toEqual(['question', 'answer', 'question'])
  })

  test('in conversation within one context does not keep it from reading: it ends', () => {
    const ping: Flushable = link('ping', () => turn.schedule(pong))
    const pong: Flushable = link('pong', () => turn.schedule(ping))
    turn.schedule(ping)
    for (let i = 0; i < 10; i++) clock.endTurns()
    expect(log.length).toBeLessThanOrEqual(20)
  })

  test('leaves although a link that left before it has failed', () => {
    turn.schedule(
      link('bad', () => {
        throw new Error('broken')
      }),
    )
    expect(() => turn.flush()).toThrow('broken')
    turn.schedule(link('good'))
    clock.endTurns()
    expect(log).toEqual(['bad', 'good'])
  })

  test('and had better wait leaves at the end of the next', () => {
    turn.postpone(link('patient'))
    turn.schedule(link('hasty'))
    turn.flush()
    expect(log).toEqual(['hasty'])
    clock.endTurns()
    expect(log).toEqual(['hasty', 'patient'])
  })
})

test('what is called back while it waits is not flushed, and others that wait are', () => {
  const [one, other] = [link('one'), link('other')]
  turn.postpone(one)
  turn.postpone(other)
  expect([turn.recall(one), turn.recall(one)]).toEqual([true, false])
  clock.endTurns()
  expect(log).toEqual(['other'])
})

test('what resumes with the next turn does so after this one has left, once', () => {
  turn.next(() => log.push('resumed'))
  turn.schedule(link('a'))
  clock.endTurns()
  expect(log).toEqual(['a', 'resumed'])
  clock.endTurns()
  expect(log).toEqual(['a', 'resumed'])
})

describe('a turn of many operations', () => {
  test('is over after a millisecond, stays over, and is new after its end', () => {
    expect(turn.spend()).toBe(false)
    clock.time += 0.5
    for (let i = 0; i < 100; i++) expect(turn.spend()).toBe(false)
    clock.time += 0.6
    let more = 0
    while (!turn.spend()) more++
    expect(more).toBeLessThanOrEqual(64)
    expect(turn.spend()).toBe(true)
    clock.endTurns()
    expect(turn.spend()).toBe(false)
  })

  test('looks at the clock seldom while operations are quick', () => {
    let looks = 0
    const now = clock.now.bind(clock)
    clock.now = () => {
      looks++
      return now()
    }
    for (let i = 0; i < 10_000; i++) {
      clock.time += 0.00005
      turn.spend()
    }
    expect(looks).toBeLessThan(400)
  })

  test('is over soon when each takes long', () => {
    let count = 0
    while (!turn.spend()) {
      count++
      clock.time += 0.4
    }
    expect(count).toBeLessThanOrEqual(5)
  })

  test('ends although nothing was written in it', () => {
    turn.spend()
    expect(clock.endTurns()).toBe(true)
  })
})

describe('a context that hears from others', () => {
  test('sleeps when nothing more comes, however brisk it was', () => {
    for (let i = 0; i < 50; i++) {
      turn.heard()
      clock.endTurns()
    }
    let turns = 0
    while (clock.endTurns()) turns++
    // It stays awake for 0.25 ms, and each turn of this clock takes 0.01.
    expect(turns).toBeGreaterThan(3)
    expect(turns).toBeLessThan(60)
  })

  test('sleeps at once between messages that are far apart', () => {
    for (let i = 0; i < 20; i++) {
      clock.time += 5
      turn.heard()
      clock.endTurns()
    }
    expect(clock.endTurns()).toBe(false)
  })
})
