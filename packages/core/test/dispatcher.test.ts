import { describe, expect, test } from 'vitest'
import { Backlog, type Source, type Unit } from '../src/primitives/backlog.ts'
import { Dispatcher, Seat, type SeatOutlet } from '../src/primitives/dispatcher.ts'

/** A unit that is its own source. */
class Job implements Unit, Source<Job> {
  order = 0
  cost = 0
  readonly priority: number
  readonly caller: string
  readonly name: string
  readonly portable: boolean
  readonly estimate: number | undefined
  ready = true

  constructor(name: string, { portable = true, estimate, priority = 0, caller = 'everybody' }: Partial<Job> = {}) {
    this.name = name
    this.portable = portable
    this.estimate = estimate
    this.priority = priority
    this.caller = caller
  }

  next(): Job | undefined {
    if (!this.ready) return undefined
    this.ready = false
    return this
  }
}

/** A worker that begins something when it is told to. */
class Worker implements SeatOutlet<Job> {
  readonly worn = false
  readonly sent: string[] = []
  #offered = 0
  #taken = 0

  hand(units: readonly Job[], first: number): void {
    this.#offered = first + units.length - 1
    for (const { name } of units) this.sent.push(name)
  }

  takeClaim(): number {
    return this.#taken < this.#offered ? ++this.#taken : 0
  }

  hasBegun(number: number): boolean {
    return number <= this.#taken
  }

  renewClaims(): void {}
}

function office({ claims = true, up = true, concurrency = 1 } = {}) {
  const dispatcher = new Dispatcher<Job>(new Backlog<Job>())
  const worker = new Worker()
  const seat = new Seat<Job>(worker, concurrency, claims)
  seat.up = up
  dispatcher.join(seat)
  const give = (...jobs: Job[]) => {
    for (const job of jobs) dispatcher.add(job)
    dispatcher.dispatch(0)
  }
  const waiting = () => {
    const names: string[] = []
    for (let job = dispatcher.backlog.take(1); job !== undefined; job = dispatcher.backlog.take(1)) names.push(job.name)
    return names
  }
  return { dispatcher, worker, seat, give, waiting }
}

const short = (name: string) => new Job(name, { estimate: 0.01 })

describe('what a worker holds can be withdrawn', () => {
  test('if it has not begun it, and what else it has not begun goes back to its place', () => {
    const { dispatcher, worker, seat, give, waiting } = office()
    give(short('a'), short('b'), short('c'))
    expect([worker.takeClaim(), worker.sent]).toEqual([1, ['a', 'b', 'c']])
    expect(dispatcher.withdraw(seat, 2)).toBe(true)
    expect([[...seat.held.keys()], waiting()]).toEqual([[1], ['b', 'c']])
  })

  test('not if it has begun it', () => {
    const { dispatcher, worker, seat, give, waiting } = office()
    give(short('a'), short('b'))
    worker.takeClaim()
    expect(dispatcher.withdraw(seat, 1)).toBe(false)
    expect([[...seat.held.keys()], waiting()]).toEqual([[1], ['b']])
  })

  test('also what could not go to another worker, which then is nowhere', () => {
    const { dispatcher, seat, give, waiting } = office()
    give(new Job('moves', { portable: false }))
    expect(dispatcher.withdraw(seat, 1)).toBe(true)
    expect([seat.held.size, seat.fixed, waiting()]).toEqual([0, 0, []])
  })

  test('but not once that was begun', () => {
    const { dispatcher, worker, seat, give } = office()
    give(new Job('moves', { portable: false }))
    worker.takeClaim()
    expect(dispatcher.withdraw(seat, 1)).toBe(false)
    expect(seat.held.size).toBe(1)
  })
})

test('nothing is handed out behind what cannot be taken back: it could not be withdrawn', () => {
  const { worker, give, waiting } = office()
  give(new Job('moves', { portable: false }), short('a'))
  expect([worker.sent, waiting()]).toEqual([['moves'], ['a']])
})

describe('a unit that cannot be taken back', () => {
  test('is never behind one that can and was not begun: that waits for another worker', () => {
    const { dispatcher, worker, seat, give, waiting } = office()
    give(short('a'), short('b'))
    worker.takeClaim()
    dispatcher.give(seat, new Job('for this one', { portable: false }), 0)
    expect([worker.sent, waiting()]).toEqual([['a', 'b', 'for this one'], ['b']])
  })

  test('keeps nothing there once it was begun', () => {
    const { dispatcher, worker, seat, give, waiting } = office({ concurrency: 2 })
    give(new Job('moves', { portable: false }), short('a'))
    expect(worker.sent).toEqual(['moves'])
    worker.takeClaim()
    dispatcher.dispatch(0)
    expect(worker.sent).toEqual(['moves', 'a'])
    expect([dispatcher.takeBack(seat), waiting()]).toEqual([1, ['a']])
  })

  test('keeps asking for another look, as long as something waits behind it', () => {
    const { dispatcher, worker, give } = office({ concurrency: 2 })
    give(new Job('moves', { portable: false }), short('a'))
    expect(dispatcher.dispatch(0)).toBeGreaterThan(0)
    worker.takeClaim()
    expect(dispatcher.dispatch(0)).toBe(0)
  })

  test('waits for a worker that is up: another one may be before', () => {
    const { dispatcher, worker, seat, give } = office({ up: false })
    give(new Job('moves', { portable: false }))
    expect(worker.sent).toEqual([])
    seat.up = true
    dispatcher.dispatch(0)
    expect(worker.sent).toEqual(['moves'])
  })
})

test('without claims a worker gets nothing before it is up: what it has is begun', () => {
  const { worker, seat, dispatcher, give } = office({ claims: false, up: false })
  give(short('a'))
  expect(worker.sent).toEqual([])
  seat.up = true
  dispatcher.dispatch(0)
  expect(worker.sent).toEqual(['a'])
  expect(dispatcher.withdraw(seat, 1)).toBe(false)
})

test('callers keep their turns, however often it is looked whether something can be begun', () => {
  const { dispatcher, worker, seat, give } = office()
  give(new Job('first'))
  worker.takeClaim()
  for (const name of ['a1', 'a2', 'b1', 'b2']) give(new Job(name, { caller: name.slice(0, 1) }))
  for (let number = 1; number <= 5; number++) {
    dispatcher.dispatch(number)
    seat.settle(number)
    dispatcher.dispatch(number)
    worker.takeClaim()
  }
  expect(worker.sent).toEqual(['first', 'a1', 'b1', 'a2', 'b2'])
})

describe('what is handed out ahead of need', () => {
  const flood = (options: Partial<Job> = {}) =>
    Array.from({ length: 200 }, (_, n) => new Job(`${n}`, { estimate: 1, ...options }))

  test('lasts about a tenth of a second, and comes again once half of that is done', () => {
    const { dispatcher, worker, seat, give } = office()
    give(...flood())
    const first = worker.sent.length
    expect([first, Math.round(seat.load)]).toEqual([seat.load, first])
    expect(first).toBeGreaterThan(50)
    expect(first).toBeLessThan(150)
    for (let number = 1; number <= first; number++) {
      worker.takeClaim()
      seat.settle(number)
      dispatcher.dispatch(number)
      if (worker.sent.length > first) break
    }
    expect(seat.load).toBeGreaterThan(first - 2)
    expect(worker.sent.length).toBeGreaterThan(first + first / 3)
  })

  test.each([
    ['something more urgent', { priority: 1 }],
    ['another caller', { caller: 'somebody else' }],
  ])('lasts some milliseconds where there was %s once: that waits for all of it', (_, other) => {
    const { dispatcher, worker, seat, give } = office()
    give(new Job('first', { estimate: 1 }), new Job('other', { estimate: 1, ...other }))
    for (let number = 1; number <= 2; number++) {
      worker.takeClaim()
      seat.settle(number)
    }
    dispatcher.dispatch(1)
    give(...flood())
    expect(seat.load).toBeGreaterThan(2)
    expect(seat.load).toBeLessThan(10)
  })

  test.each([
    ['something more urgent', { priority: 1 }, ['0', 'other', '1', '2']],
    ['another caller', { caller: 'somebody else' }, ['0', '1', 'other', '2']],
  ])('is taken back when %s comes, which then waits for little of it', (_, other, begun) => {
    const { dispatcher, worker, seat, give } = office()
    give(...flood())
    const before = worker.sent.length
    worker.takeClaim()
    give(new Job('other', { estimate: 1, ...other }))
    expect([worker.sent[0], ...worker.sent.slice(before)].slice(0, 4)).toEqual(begun)
    expect(seat.load).toBeLessThan(10)
    expect(dispatcher.backlog.size).toBe(201 - seat.count)
  })

  test('stays where it is when more of the same comes, or another caller once all of it is done', () => {
    const { worker, seat, give } = office()
    give(...flood().slice(0, 40))
    give(...flood().slice(0, 40))
    expect(seat.count).toBe(80)
    for (let number = 1; number <= 80; number++) {
      worker.takeClaim()
      seat.settle(number)
    }
    give(...flood({ caller: 'somebody else' }))
    expect(seat.load).toBeGreaterThan(50)
  })
})

describe('what waits behind a task that takes long', () => {
  test('is taken back once nothing was heard of that for long, where another worker could be started', () => {
    const { dispatcher, worker, give, waiting } = office()
    give(new Job('long'), short('a'))
    worker.takeClaim()
    expect(worker.sent).toEqual(['long', 'a'])
    expect([dispatcher.dispatch(40, true) > 0, dispatcher.backlog.empty]).toEqual([true, true])
    expect([dispatcher.dispatch(60, true), waiting()]).toEqual([0, ['a']])
  })

  test('stays where it is, where none could be', () => {
    const { dispatcher, worker, give } = office()
    give(new Job('long'), short('a'))
    worker.takeClaim()
    expect([dispatcher.dispatch(60), dispatcher.backlog.empty]).toEqual([0, true])
  })
})

describe('what a worker could have begun, and did not', () => {
  function two() {
    const { dispatcher, worker, seat } = office()
    const other = new Worker()
    const idle = new Seat<Job>(other, 1, true)
    idle.up = true
    dispatcher.join(idle)
    const give = (job: Job, now: number) => {
      dispatcher.add(job)
      return dispatcher.dispatch(now)
    }
    return { dispatcher, worker, seat, other, give }
  }

  test('goes to one that has nothing to do, and what comes next as well, until the first is heard of', () => {
    const { dispatcher, worker, seat, other, give } = two()
    const again = give(new Job('a'), 0)
    expect(again).toBeGreaterThan(0)
    dispatcher.dispatch(again + 1)
    expect([worker.sent, other.sent]).toEqual([['a'], ['a']])
    other.takeClaim()
    dispatcher.seats[1]!.settle(1)
    give(new Job('b'), 70)
    expect(other.sent).toEqual(['a', 'b'])
    other.takeClaim()
    dispatcher.seats[1]!.settle(2)
    seat.heard(80)
    give(new Job('c'), 90)
    expect(worker.sent).toEqual(['a', 'c'])
  })

  test('stays where it was begun, which is asked once', () => {
    const { dispatcher, worker, other, give } = two()
    const again = give(new Job('a'), 0)
    worker.takeClaim()
    expect([dispatcher.dispatch(again + 1), dispatcher.dispatch(10 * again)]).toEqual([0, 0])
    expect(other.sent).toEqual([])
  })
})
