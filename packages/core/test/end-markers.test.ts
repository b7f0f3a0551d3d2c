import { describe, expect, test } from 'vitest'
import type { Keeper, Outlet } from '../src/primitives/primitive.ts'
import { ITEMS, type QueuePort, QueuePrimitive } from '../src/primitives/queue.ts'
import { newRun } from '../src/primitives/runs.ts'
import { item } from './hostile/bytes.ts'

// Consumers that each end with the first marker that they take: no item before the markers may be left behind. What is
// asked for here is done step by step, as it can come about between processes.

const HUB: Keeper = { retain() {}, forgo() {}, uses: () => 0, revoke() {}, directAfter: 0 }

/** A consumer: what it was lent, in order, and whether it was told to give back what it has not taken. */
class Consumer {
  readonly lent: number[] = []
  recalled = false
  readonly port: QueuePort
  #asks = 0

  constructor(queue: QueuePrimitive) {
    const outlet: Outlet = {
      hub: HUB,
      peer: this,
      lease: () => ({
        awaited: () => {},
        deny: () => {},
        recall: () => {
          this.recalled = true
        },
      }),
      grant: () => {},
      items: ({ seq, count }) => {
        for (let i = 0; i < count; i++) this.lent.push(seq + i)
      },
      notice: () => {},
    }
    this.port = queue.connect(outlet)
  }

  /** Waits for an item, and would like to have so many in hand. */
  ask(window: number): void {
    this.port.ask(ITEMS, this.#asks++, 1, 0, false, window)
  }

  /** Answers the recall. */
  giveBack(count: number, window: number): void {
    this.recalled = false
    this.port.returned(ITEMS, count, 0, window)
  }
}

function scene(): { queue: QueuePrimitive; put(): void; one: Consumer; other: Consumer } {
  const queue = new QueuePrimitive({ maxsize: 0, maxbytes: 0 }, HUB)
  const bytes = item(new Uint8Array([1]))
  const producer = queue.connect(new Consumer(queue).port.outlet)
  // A slot for each put: without a bound there are always some.
  const put = () => {
    producer.ask(0, 0, 1, 0, false, 0)
    producer.put(newRun(bytes, 0, bytes.length, 1))
  }
  return { queue, put, one: new Consumer(queue), other: new Consumer(queue) }
}

/** One has 1 ahead of need, and is told to give it back, for the other waits: who gets 2. */
function recall(window: number): ReturnType<typeof scene> {
  const all = scene()
  all.one.ask(4)
  all.put() // 0
  all.put() // 1
  expect(all.one.lent).toEqual([0, 1])
  all.other.ask(window)
  expect(all.one.recalled).toBe(true)
  all.put() // 2
  expect(all.other.lent).toEqual([2])
  return all
}

describe('an item that comes back to a queue', () => {
  test('does not find something newer with whom it came from', () => {
    const { put, one, other } = recall(0)
    put() // 3: whoever is to give 1 back must not get it before
    expect([one.lent, other.lent]).toEqual([[0, 1], [2]])
    one.giveBack(1, 4)
    one.ask(4)
    expect(one.lent.slice(2)).toEqual([1, 3])
  })

  test('is not for who has something newer, but for the next who asks', () => {
    const { put, one, other } = recall(4)
    put() // 3: ahead of need
    expect([one.lent, other.lent]).toEqual([
      [0, 1],
      [2, 3],
    ])
    one.giveBack(1, 0)
    expect(other.lent).toEqual([2, 3])
    one.ask(0)
    expect(one.lent.at(-1)).toBe(1)
  })

  test('is not for who does not ask, and may have had its last', () => {
    const { put, one, other } = recall(4)
    other.port.spent(ITEMS, 1, 4, false)
    one.giveBack(1, 0)
    expect(other.lent).toEqual([2])
    put() // 3
    expect(other.lent).toEqual([2])
    one.ask(0)
    expect(one.lent.at(-1)).toBe(1)
    expect(other.lent).toEqual([2, 3])
  })

  test('goes on to who asks, with what follows', () => {
    const { put, one, other } = scene()
    one.ask(4)
    for (let i = 0; i < 4; i++) put()
    other.ask(0)
    one.giveBack(3, 4)
    expect([one.lent, other.lent]).toEqual([[0, 1, 2, 3], [1]])
    other.port.spent(ITEMS, 1, 8, false)
    expect(other.lent).toEqual([1])
    other.ask(8)
    expect(other.lent).toEqual([1, 2, 3])
  })

  test('is lent ahead as before to who is alone', () => {
    const { queue, put, one } = scene()
    one.ask(4)
    for (let i = 0; i < 4; i++) put()
    queue.items.pause()
    one.giveBack(3, 4)
    queue.items.resume()
    expect(one.lent).toEqual([0, 1, 2, 3, 1, 2, 3])
  })

  test('is not for an ask that something newer has answered on its way', () => {
    const { queue, put, one, other } = scene()
    other.ask(4)
    put() // 0
    put() // 1: ahead of need
    one.ask(1)
    put() // 2
    // What was on its way to it when it asked again.
    one.port.spent(ITEMS, 1, 1, false)
    put() // 3
    one.ask(1)
    const last = new Consumer(queue)
    last.ask(0)
    other.port.spent(ITEMS, 1, 4, false)
    other.giveBack(1, 0)
    expect(one.lent).toEqual([2, 3])
    expect(last.lent).toEqual([1])
    // It takes what it has, which answers it, or the ask is served after all.
    one.port.spent(ITEMS, 1, 1, false)
    put() // 4
    expect(one.lent).toEqual([2, 3, 4])
  })
})
