import { expect, test } from 'vitest'
import { DirectWay } from '../../src/direct-way.ts'
import { Frame } from '../../src/frame.ts'
import { isQuick, thorough } from '../thorough.ts'
import { playPipes, simulatePipes } from './pipe-simulation.ts'
import { patch } from './planted-bugs.ts'
import { testSeeds } from './seeds.ts'

testSeeds('pipes that go direct', (seed, trace) => simulatePipes(seed, trace, true), 1, thorough(2_000, 100))

test.skipIf(isQuick)('three hundred seeds bring about all that there is to it', async () => {
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
