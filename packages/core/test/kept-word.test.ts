import { expect, test } from 'vitest'
import { decode } from '../src/codec.ts'
import { Context } from '../src/context.ts'
import { memoryTransports } from '../src/memory-transport.ts'
import { encodeWord, type KeptWord } from '../src/pool/kept-word.ts'
import { TaskKind } from '../src/pool/task-kind.ts'
import { callsIn, How } from '../src/pool/words.ts'
import { Turn } from '../src/turn.ts'
import { ManualClock } from './manual-clock.ts'

const clock = new ManualClock()
const context = new Context('', memoryTransports()[0], new Turn(clock), clock, 1 << 24)
const kind = new TaskKind(7, { name: 'task' } as never)

function contentOf({ bytes, start, end }: KeptWord): unknown {
  return decode(bytes, start, end, context)
}

test.each([1, 1_000, 10_000])('words stay as they are, whatever is encoded after them (of %i bytes)', (length) => {
  const texts = Array.from({ length: 40 }, (_, i) => String(i).padStart(length, '-'))
  const words = texts.map((text, i) => encodeWord(context, kind, How.CALL, i % 2 === 0 ? [text] : [{ n: i, text }]))
  expect(words.map(contentOf)).toEqual(texts.map((text, i) => [7, 0, i % 2 === 0 ? [text] : [{ n: i, text }]]))
})

test('a word of which a getter encodes others is none the worse for it, nor are they', () => {
  const inner: KeptWord[] = []
  const argument = {
    before: 1,
    get within() {
      for (let i = 0; i < 3; i++) inner.push(encodeWord(context, kind, How.CALL, [i, 'x'.repeat(100 * i)]))
      return 2
    },
    after: 3,
  }
  const outer = encodeWord(context, kind, How.CALL, [argument])
  const next = Array.from({ length: 20 }, (_, i) => encodeWord(context, kind, How.CALL, [i, '-'.repeat(1_000)]))
  expect(contentOf(outer)).toEqual([7, 0, [{ before: 1, within: 2, after: 3 }]])
  expect(inner.map(contentOf)).toEqual([0, 1, 2].map((i) => [7, 0, [i, 'x'.repeat(100 * i)]]))
  expect(next.map(contentOf)).toEqual(next.map((_, i) => [7, 0, [i, '-'.repeat(1_000)]]))
})

test('a word asks for one call, or for as many as it has lists of arguments', () => {
  expect(callsIn([7, How.CALL, []])).toBe(1)
  expect(callsIn([7, How.CALL, [1, 2, 3]])).toBe(1)
  expect(callsIn([7, How.EACH, [1, 2, 3]])).toBe(3)
  expect(callsIn([7, How.SPREAD, [[1], [2]]])).toBe(2)
})
