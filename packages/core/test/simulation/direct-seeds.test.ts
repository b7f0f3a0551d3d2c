import { describe, expect, test } from 'vitest'
import { DirectWay } from '../../src/direct-way.ts'
import { Frame } from '../../src/frame.ts'
import { thorough } from '../thorough.ts'
import { playPipes, simulatePipes } from './pipe-simulation.ts'
import { patch } from './planted-bugs.ts'

const SEEDS = thorough(2_000, 1_000)
const BATCH = 500

const replay = process.env.MILLRACE_SEED

describe.runIf(replay !== undefined)('one seed', () => {
  test(`seed ${replay} keeps every invariant of pipes that go direct`, async () => {
    expect(await simulatePipes(Number(replay), (line) => console.log(line), true)).toBeUndefined()
  })
})

describe.runIf(replay === undefined)('pipes that go direct keep every invariant', () => {
  for (let from = 1; from <= SEEDS; from += BATCH) {
    const to = from + BATCH - 1
    test(`seeds ${from} to ${to}`, () => simulateAll(from, to))
  }

  test('and three hundred seeds bring about all that there is to it', async () => {
    const seen = new Set<string>()
    const restore = patch(DirectWay.prototype, 'onFrame', (onFrame) => {
      return function (this: DirectWay, type, ...rest) {
        seen.add(`frame ${type}`)
        onFrame.call(this, type, ...rest)
      }
    })
    const removeInherit = patch(DirectWay.prototype, 'inherit', (inherit) => {
      return function (this: DirectWay, run) {
        seen.add('messages from the hub')
        inherit.call(this, run)
      }
    })
    const types: number[] = [Frame.PUT, Frame.ASK, Frame.CANCEL, Frame.RETURN, Frame.GRANT, Frame.CALL, Frame.REPLY]
    types.push(Frame.FENCE, Frame.FENCED, Frame.SEEN, Frame.STOP)
    for (let seed = 1; seed <= 300; seed++) await playPipes(seed, undefined, true)
    restore()
    removeInherit()
    const wanted = [...types.map((type) => `frame ${type}`), 'messages from the hub']
    expect([...seen]).toEqual(expect.arrayContaining(wanted))
  })
})

async function simulateAll(from: number, to: number): Promise<void> {
  const { stackTraceLimit } = Error
  for (let seed = from; seed <= to; seed++) {
    Error.stackTraceLimit = 0
    const violation = await simulatePipes(seed, undefined, true)
    Error.stackTraceLimit = stackTraceLimit
    if (violation !== undefined)
      throw new Error(`seed ${seed} (replay it with MILLRACE_SEED=${seed}): ${violation.message}`, { cause: violation })
  }
}
