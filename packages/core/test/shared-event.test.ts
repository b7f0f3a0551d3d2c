import { inspect } from 'node:util'
import { beforeEach, expect, test } from 'vitest'
import { HANDLE } from '../src/handle.ts'
import { OBSERVABLE } from '../src/observable.ts'
import { SharedEvent } from '../src/shared-event.ts'
import { OneContext } from './one-context.ts'

let program: OneContext
let event: SharedEvent

beforeEach(() => {
  program = new OneContext()
  event = program.make(() => new SharedEvent())
})

test('all who wait when it is set go on, also if it is cleared at once', async () => {
  const waiting = [event.wait(), event.wait({ timeout: 1_000 })]
  await program.allNow(waiting)
  void event.set()
  void event.clear()
  expect(await program.allNow(waiting)).toEqual([true, true])
  expect(await program.now(event.wait({ timeout: 0 }))).toBe(false)
  expect(await program.now(event.wait({ timeout: -1 }))).toBe(false)
})

test('what a process knows of it can be seen', async () => {
  expect(inspect(event)).toMatch(/^SharedEvent \S+ unset$/)
  await program.now(event.set())
  expect(inspect(event)).toMatch(/ set$/)
  await program.now(event.clear())
  expect(`${event}`).toMatch(/ unset$/)
  const { id } = event[HANDLE]
  const there = program.make(() => new SharedEvent({ context: program.root.context, id }))
  expect(inspect(there)).toMatch(/ not asked yet$/)
  expect(await program.now(there.isSet())).toBe(false)
  expect(inspect(there)).toMatch(/ unset$/)
})

test('each who observes it sees what it is, and every change, until there is no more', async () => {
  const [first, second]: [unknown[], unknown[]] = [[], []]
  const ended = event[OBSERVABLE]().subscribe({ next: (isSet) => first.push(isSet) })
  await program.clock.settle()
  await program.now(event.set())
  event[OBSERVABLE]().subscribe({ next: (isSet) => second.push(isSet), complete: () => second.push('complete') })
  await program.clock.settle()
  await program.now(event.set())
  await program.now(event.clear())
  ended.unsubscribe()
  await program.now(event.set())
  await program.now(event.close())
  expect(first).toEqual([false, true, false])
  expect(second).toEqual([true, false, true, 'complete'])
})

test('an observer is told when the link is gone', async () => {
  const seen: unknown[] = []
  event[OBSERVABLE]().subscribe({ error: (error) => seen.push((error as Error).name) })
  await program.clock.settle()
  program.root.context.link.close()
  await program.clock.settle()
  expect(seen).toEqual(['DisconnectedError'])
})

test('it goes when nobody holds it any more, not before what was begun is done', async () => {
  await program.clock.settle()
  const { hub } = program.root
  const size = hub!.size
  const set = event.set()
  await event.close()
  expect(await program.now(set)).toBeUndefined()
  expect(hub!.size).toBe(size - 1)
})
