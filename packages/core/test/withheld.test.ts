import { describe, expect, test } from 'vitest'
import type { Crew } from '../src/pool/crew.ts'
import { ImapJob } from '../src/pool/imap-job.ts'
import { InputReader } from '../src/pool/input-reader.ts'
import { PushedInputs } from '../src/pool/pushed-inputs.ts'
import { TaskKind } from '../src/pool/task-kind.ts'
import type { TaskUnit } from '../src/pool/task-unit.ts'
import { How } from '../src/pool/words.ts'
import { Backlog, type Source } from '../src/primitives/backlog.ts'
import type { Task } from '../src/task-module.ts'

/** Milliseconds that a call is known to take: chunks of ten are worthwhile, if the bound has room for them. */
const PACE = 1

interface Setting {
  readonly maxsize?: number
  readonly chunksize?: number
  readonly workers?: number
  readonly pace?: number
}

/** A job without workers; `chunk` says how many inputs are in the unit that it gives, if it gives one. */
function office({ maxsize = 100, chunksize, workers = 2, pace = PACE }: Setting = {}) {
  const kind = new TaskKind(0, { name: 'task' } as Task)
  kind.pace = pace
  const backlog = new Backlog<TaskUnit>()
  const ledger = { backlog, opened: () => {}, closed: () => {}, awaited: () => {}, abort: () => {}, schedule: () => {} }
  const crew = {
    options: { max: workers, retries: 0, backoff: 0 },
    context: { maxFrame: 1 << 24 },
    jobs: new Set(),
    ledger,
    kindOf: () => kind,
    add: (source: Source<TaskUnit>) => backlog.add(source),
  } as unknown as Crew
  const inputs = new PushedInputs(maxsize)
  const request = {
    task: kind.task,
    how: How.EACH,
    ordered: true,
    inputs,
    options: chunksize === undefined ? { buffersize: maxsize } : { buffersize: maxsize, chunksize },
  }
  const job = new ImapJob(crew, request, () => {})
  // Units before this one have been as large as they may.
  for (let i = 0; i < 4; i++) {
    const units: TaskUnit[] = []
    while (inputs.room > 0) inputs.push(0)
    for (let unit = backlog.take(workers); unit !== undefined; unit = backlog.take(workers)) units.push(unit)
    for (const unit of units) {
      unit.emitted(
        Array.from({ length: unit.calls }, () => [0] as const),
        0,
      )
      unit.done(undefined)
    }
    while (job.take() !== undefined) {}
  }
  return {
    job,
    inputs,
    push: (count: number) => {
      for (let i = 0; i < count; i++) inputs.push(i)
    },
    /** What someone gets who has nothing to do. */
    chunk: () => backlog.take(workers, false)?.calls,
    /** And what one gets who is busy. */
    chunkAhead: () => backlog.take(workers, true)?.calls,
  }
}

describe('inputs that come one by one', () => {
  test('are withheld from workers that are busy, until there is a chunk of them', () => {
    const { push, chunkAhead } = office()
    for (let i = 1; i < 10; i++) {
      push(1)
      expect(chunkAhead()).toBe(undefined)
    }
    push(1)
    expect([chunkAhead(), chunkAhead()]).toEqual([10, undefined])
  })

  test('go at once to one that has nothing to do, however few', () => {
    const { push, chunk, chunkAhead } = office()
    push(1)
    expect(chunk()).toBe(1)
    push(3)
    expect([chunkAhead(), chunk(), chunk()]).toEqual([undefined, 3, undefined])
  })

  test('go at once when no more will come, in shares that end together', () => {
    const { push, inputs, chunkAhead } = office()
    push(8)
    expect(chunkAhead()).toBe(undefined)
    inputs.end()
    expect([chunkAhead(), chunkAhead(), chunkAhead()]).toEqual([2, 2, 1])
  })

  test('go at once when no more may come, since that would be too many', () => {
    const { push, inputs, chunkAhead } = office({ maxsize: 20, chunksize: 15 })
    push(14)
    expect(chunkAhead()).toBe(undefined)
    push(1)
    expect(chunkAhead()).toBe(15)
    push(4)
    expect(chunkAhead()).toBe(undefined)
    push(1)
    expect([inputs.room, chunkAhead()]).toEqual([0, 5])
  })

  test('are withheld for no chunk that the bound has no room for: one of 1 lets each pass', () => {
    const { push, chunkAhead } = office({ maxsize: 1 })
    push(1)
    expect(chunkAhead()).toBe(1)
    const several = office({ maxsize: 8 })
    several.push(2)
    expect(several.chunkAhead()).toBe(2)
  })

  test('are withheld until they are as many as the user said, which each chunk is', () => {
    const { push, chunk, chunkAhead } = office({ chunksize: 3 })
    push(2)
    expect(chunkAhead()).toBe(undefined)
    push(5)
    expect([chunkAhead(), chunkAhead(), chunkAhead(), chunk()]).toEqual([3, 3, undefined, 1])
  })

  test('are not withheld where each takes longer than a chunk is to', () => {
    const { push, chunkAhead } = office({ pace: 6 })
    push(1)
    expect(chunkAhead()).toBe(1)
  })

  test('and that nobody wants any more are not sent', () => {
    const { job, push, chunk, chunkAhead } = office()
    push(5)
    expect(chunkAhead()).toBe(undefined)
    job.stop(new Error('enough'))
    expect([chunkAhead(), chunk()]).toEqual([undefined, undefined])
  })
})

test('a reader expects more until its source has ended, or as many are held as may be', async () => {
  let told = 0
  async function* numbers() {
    yield 1
    yield 2
    yield 3
  }
  const reader = new InputReader(numbers(), 2, () => told++)
  reader.read()
  expect([reader.expecting, reader.over]).toEqual([true, false])
  while (reader.length < 2) await undefined
  expect([reader.expecting, reader.over]).toEqual([false, false])
  reader.take(2)
  reader.release(1)
  expect(reader.expecting).toBe(true)
  reader.release(1)
  while (!reader.over) await undefined
  expect([reader.expecting, reader.length, reader.finished]).toEqual([false, 1, false])
})

describe('what is withheld', () => {
  /** One that withholds what it has, or has it taken. */
  const source = (name: string, { caller = name, priority = 0, withholds = false } = {}) => ({
    name,
    caller,
    priority,
    order: 0,
    cost: 0,
    estimate: 0.1,
    portable: true,
    ready: true,
    next(_workers: number, ahead: boolean) {
      if (ahead && withholds) return undefined
      this.ready = false
      return this
    },
  })
  type Named = ReturnType<typeof source>

  const taken = (backlog: Backlog<Named>, ahead: boolean) => {
    const names: string[] = []
    for (let unit = backlog.take(1, ahead); unit !== undefined; unit = backlog.take(1, ahead)) names.push(unit.name)
    return names
  }

  test('does not keep back what others bring', () => {
    const backlog = new Backlog<Named>()
    for (const each of [source('a', { withholds: true }), source('b'), source('c', { withholds: true }), source('d')])
      backlog.add(each)
    expect([taken(backlog, true), taken(backlog, false)]).toEqual([
      ['b', 'd'],
      ['a', 'c'],
    ])
  })

  test('keeps back what its caller brought later, and what is less urgent', () => {
    const backlog = new Backlog<Named>()
    backlog.add(source('low', { priority: -1 }))
    backlog.add(source('first', { caller: 'a', withholds: true }))
    backlog.add(source('second', { caller: 'a' }))
    expect(taken(backlog, true)).toEqual([])
    expect(taken(backlog, false)).toEqual(['first', 'second', 'low'])
  })
})
