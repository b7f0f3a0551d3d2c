import { describe, expect, test } from 'vitest'
import { TaskRunner } from '../src/pool/task-runner.ts'
import { How, Reply, type ReplyWord, STREAM } from '../src/pool/words.ts'
import { ManualClock } from './manual-clock.ts'

/** A task that takes three milliseconds, in two of which others have the core. */
function desk(hasDelay = true) {
  const clock = new ManualClock()
  let delay = 1000
  let looks = 0
  const task = {
    name: 'task',
    pace: undefined as number | undefined,
    run: (n: unknown) => {
      clock.time += 3
      delay += 2
      return n
    },
  }
  const runDelay = () => {
    looks++
    return delay
  }
  const words: ReplyWord[] = []
  const outlet = { say: (word: ReplyWord) => void words.push(word), refusalOf: () => undefined, rested: () => {} }
  const runner = new TaskRunner(hasDelay ? { runDelay } : {}, clock, outlet)
  const run = (how: number, args: readonly unknown[]) => {
    runner.begin(1, task, [1, how, args], clock.now())
    return words.at(-1)
  }
  return { task, run, looks: () => looks }
}

describe('the time that others had the core', () => {
  test('is told of a chunk, and no part of the pace', () => {
    const { task, run } = desk()
    task.pace = 1
    expect(run(How.EACH, [1, 2, 3, 4])).toEqual([1, 12_000, [1, 2, 3, 4], Reply.DONE, 8_000])
    expect(task.pace).toBe(1)
    expect(run(How.EACH | STREAM, [5, 6])).toEqual([1, 6_000, [[5], [6]], Reply.LAST, 4_000])
    expect(task.pace).toBe(1)
  })

  test('is not asked for where calls are few and short, or alone', () => {
    const { task, run, looks } = desk()
    expect(run(How.EACH, [1])).toEqual([1, 3_000, [1]])
    task.pace = 0.1
    expect(run(How.EACH, [1, 2])).toEqual([1, 6_000, [1, 2]])
    task.pace = 100
    expect(run(How.CALL, [1])).toEqual([1, 3_000, 1])
    expect(looks()).toBe(0)
  })

  test('counts where nobody keeps account of it', () => {
    const { task, run } = desk(false)
    task.pace = 3
    expect(run(How.EACH, [1, 2])).toEqual([1, 6_000, [1, 2]])
    expect(task.pace).toBe(3)
  })
})
