import { describe, expect, test } from 'vitest'
import { expectAnswers, expectSum, itemsOf } from '../src/pool/answers.ts'
import { type CaseName, caseNames } from '../src/pool/load.ts'
import { type RivalPool, rival } from '../src/pool/rival-pool.ts'
import { fastest } from '../src/pool/scenario.ts'
import { busy, double } from '../src/pool/tasks.ts'
import { oneRound } from './bench.ts'

const few = [
  'millrace-process',
  'millrace-thread',
  'piscina',
  'workerpool-process',
  'python-pool',
  'bare-fork',
  'ideal',
]

test.each(caseNames)('in %s the subjects that are installed say how many tasks they did per second', async (name) => {
  await oneRound('pool', name, few)
})

describe.each<CaseName>(['tiny-apply', 'tiny-map', 'cpu'])('a measurement of %s', (name) => {
  const steps = 100
  const work = name === 'cpu' ? busy : double
  const run = async (pool: Partial<RivalPool>, tasks: number) => {
    const whole = { call: async (item: number) => work(item), close: async () => {}, ...pool }
    return (await rival(() => whole).open({ case: name, way: '', steps })).run(tasks)
  }

  test('takes time where all answers are right', async () => {
    expect(await run({}, 20)).toBeGreaterThan(0)
  })

  test('fails where one answer is wrong', async () => {
    const call = async (item: number) => work(item) + (item === itemsOf(name, steps, 20)[7] ? 1 : 0)
    await expect(run({ call }, 20)).rejects.toThrow('add up to')
  })
})

test('a map that loses a zero does not pass for one that answers all', async () => {
  const map = async (items: readonly number[]) => items.slice(1).map(double)
  const pool = { call: async (item: number) => double(item), map, close: async () => {} }
  const session = await rival(() => pool).open({ case: 'tiny-map', way: '', steps: 0 })
  await expect(session.run(20)).rejects.toThrow('had 19 answers')
})

test('a first result is measured with a pool of its own, which is closed, and has to be right', async () => {
  const log: string[] = []
  const start = (answer: number) => () => {
    log.push('start')
    return { call: async () => answer, close: async () => void log.push('close') }
  }
  const load = { case: 'first-result', way: '', steps: 0 } as const
  expect(await (await rival(start(42)).open(load)).run(2)).toBeGreaterThan(0)
  expect(log).toEqual(['start', 'close', 'start', 'close'])
  await expect((await rival(start(41)).open(load)).run(1)).rejects.toThrow('41, not 42')
})

test('the tasks of cpu differ from each other, so that their sum tells whether each was answered', () => {
  const answers = itemsOf('cpu', 1000, 8).map(busy)
  expect(new Set(answers).size).toBe(8)
  expectAnswers('cpu', 1000, 8, answers)
  const swapped = answers.with(3, answers[4]!)
  expect(() => expectAnswers('cpu', 1000, 8, swapped)).toThrow('add up to')
  expect(() =>
    expectSum(
      'cpu',
      1000,
      9,
      answers.reduce((a, b) => a + b),
    ),
  ).toThrow('add up to')
})

test('of several ways the one with the best median counts, in all rounds, not the best of each round', () => {
  const round = (lucky: number, steady: number) => [
    { way: 'lucky', rate: lucky },
    { way: 'steady', rate: steady },
  ]
  expect(fastest([round(1, 5), round(9, 6), round(2, 4)])).toEqual([5, 6, 4])
})
