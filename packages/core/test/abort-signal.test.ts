import { expect, test } from 'vitest'
import { offAbort, onAbort } from '../src/abort-signal.ts'

/** Counts the listeners of a signal. */
function counted() {
  const controller = new AbortController()
  const { signal } = controller
  const counts = { added: 0, removed: 0 }
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    counts.added++
    addEventListener.apply(signal, args)
  }
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    counts.removed++
    removeEventListener.apply(signal, args)
  }
  return { controller, signal, counts }
}

test('a thousand operations are one listener, which goes with the last of them', () => {
  const { signal, counts } = counted()
  const callbacks = Array.from({ length: 1_000 }, () => () => {})
  for (const callback of callbacks) onAbort(signal, callback)
  expect(counts).toEqual({ added: 1, removed: 0 })
  for (const callback of callbacks) offAbort(signal, callback)
  expect(counts).toEqual({ added: 1, removed: 1 })
})

test('each is called once, in order, but for those that were taken back, even meanwhile', () => {
  const { controller, signal } = counted()
  const called: string[] = []
  const [one, two, three, four] = ['one', 'two', 'three', 'four'].map((name) => () => {
    called.push(name)
    if (name === 'one') offAbort(signal, three!)
  })
  for (const callback of [one, two, three, four]) onAbort(signal, callback!)
  offAbort(signal, two!)
  controller.abort()
  offAbort(signal, four!)
  expect(called).toEqual(['one', 'four'])
})
