import { expect, test } from 'vitest'
import { encodeAlone } from '../src/codec.ts'
import { DirectMailbox } from '../src/direct-mailbox.ts'
import type { ItemRun } from '../src/frame.ts'
import type { Inbox } from '../src/inbox.ts'
import { newRun } from '../src/primitives/runs.ts'
import { concat, item } from './hostile/bytes.ts'

function runOf(...values: number[]): ItemRun {
  const bytes = concat(...values.map((value) => item(encodeAlone(value).bytes)))
  return newRun(bytes, 0, bytes.length, values.length)
}

/** How many items came with each push; and what user code does at the first one. */
function mailboxWith(atFirst: (mailbox: DirectMailbox) => void): [DirectMailbox, number[]] {
  const pushed: number[] = []
  const push = ({ count }: ItemRun) => {
    pushed.push(count)
    if (pushed.length === 1) atFirst(mailbox)
  }
  const inbox = { push, items: { denied: () => {}, recalled: () => {} } } as unknown as Inbox
  const mailbox = new DirectMailbox({ maxsize: 0, maxbytes: 0 }, { inbox, begin: () => undefined, schedule: () => {} })
  return [mailbox, pushed]
}

// One is lent to the waiter, the others ahead of need; while user code has the first, more comes from the hub.
test('what comes while user code gets something does not overtake the rest of that', () => {
  const [mailbox, pushed] = mailboxWith((box) => box.inherit(runOf(4, 5, 6, 7, 8)))
  mailbox.ask(1, 100)
  mailbox.endTurn()
  mailbox.inherit(runOf(1, 2, 3))
  expect(pushed).toEqual([1, 2, 5])
})
