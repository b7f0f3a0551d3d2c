import { EmptyError, JoinableQueue, Process, Queue, taskModule } from '@millrace/node'
import { describe, expect, it } from 'vitest'
import { isQuick, thorough } from '../../../core/test/thorough.ts'
import type * as Tasks from '../fixtures/kill-tasks.mjs'
import { eventually } from '../processes.ts'
import { chance, left, Victims } from './victims.ts'

const tasks = taskModule<typeof Tasks>(new URL('../fixtures/kill-tasks.mjs', import.meta.url))
const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000)

interface Put {
  producer: number
  n: number
}

interface Report<T> {
  item: T
  who: number
}

const all = [
  {
    kind: 'process',
    name: 'processes',
    producers: thorough(70, 12),
    consumers: thorough(90, 12),
    pairs: thorough(28, 6),
  },
  { kind: 'thread', name: 'threads', producers: 40, consumers: 40, pairs: 14 },
] as const
const kinds = isQuick ? all.slice(0, 1) : all

/** Processes are killed; of the threads, half are terminated, which they may hear of in time or not. */
describe.each(kinds)(`$name killed at random instants (MILLRACE_SEED=${seed})`, ({ kind, ...kills }) => {
  it('lose nothing that had left a producer, deliver nothing twice, and leave no gap: producers', async () => {
    const queue = new Queue<Put | null>({ maxsize: 20 })
    const confirmed = new Queue<Put>()
    const received = new Map<number, number>()
    const drained = (async () => {
      for (let item = await queue.get(); item !== null; item = await queue.get()) {
        expect(item.n).toBe(received.get(item.producer) ?? 0)
        received.set(item.producer, item.n + 1)
      }
    })()
    let producers = 0
    const victims = new Victims(3, chance(seed), () =>
      new Process(tasks.produce, { args: [queue, confirmed, producers++], kind }).start(),
    )
    for (let i = 0; i < kills.producers - 3; i++) await victims.killOne(120)
    await victims.killAll()
    await queue.put(null)
    await drained
    for await (const { producer, n } of taken(confirmed)) expect(received.get(producer)).toBeGreaterThan(n)
    expect(victims.dead.size).toBe(kills.producers)
    expect(left(victims.dead)).toEqual([])
    expect(await queue.qsize()).toBe(0)
  })

  it('have what they did not finish done by others: consumers of a JoinableQueue', async () => {
    const jobs = new JoinableQueue<number | null>({ maxsize: 50, deliveryLimit: 1_000 })
    const reports = new Queue<Report<number>>()
    const victims = new Victims(3, chance(seed + 1), () =>
      new Process(tasks.consume, { args: [jobs, reports], kind }).start(),
    )
    let count = 0
    let feeding = true
    const fed = (async () => {
      for (; feeding; count++) await jobs.put(count)
    })()
    for (let i = 0; i < kills.consumers; i++) await victims.killOne(100)
    feeding = false
    await fed
    await jobs.join()
    for (let i = 0; i < 3; i++) await jobs.put(null)
    await victims.joinAll()
    const reporters = new Map<number, number[]>()
    for await (const { item, who } of taken(reports)) reporters.set(item, [...(reporters.get(item) ?? []), who])
    expect([...reporters.keys()].sort((a, b) => a - b)).toEqual([...Array(count).keys()])
    // Twice only because the one who had it before is dead.
    for (const those of reporters.values()) for (const who of those.slice(0, -1)) expect(victims.dead).toContain(who)
    expect(left(victims.dead)).toEqual([])
  })

  it('leave a queue that works: producers and consumers', async () => {
    const random = chance(seed + 2)
    const queue = new Queue<Put | null>({ maxsize: 10 })
    const confirmed = new Queue<Put>()
    const reports = new Queue<Report<Put>>()
    let producers = 0
    const makers = new Victims(2, random, () =>
      new Process(tasks.produce, { args: [queue, confirmed, producers++], kind }).start(),
    )
    const takers = new Victims(2, random, () =>
      new Process(tasks.consume, { args: [queue as never, reports], kind }).start(),
    )
    await eventually('working', async () => !(await reports.empty()))
    for (let i = 0; i < kills.pairs; i++) await Promise.all([makers.killOne(200), takers.killOne(200)])
    await makers.killAll()
    await queue.put(null)
    await queue.put(null)
    await takers.joinAll()
    const seen = new Map<string, number[]>()
    for await (const { item, who } of taken(reports)) {
      const key = `${item.producer}:${item.n}`
      seen.set(key, [...(seen.get(key) ?? []), who])
    }
    expect(seen.size).toBeGreaterThan(0)
    for (const those of seen.values()) for (const who of those.slice(0, -1)) expect(takers.dead).toContain(who)
    // Whatever the dead held is free again: exactly `maxsize` items fit.
    for (let n = 0; n < 10; n++) await queue.putNowait({ producer: -1, n })
    await expect(queue.putNowait({ producer: -1, n: 10 })).rejects.toThrow('stayed full')
    for (let n = 0; n < 10; n++) expect(await queue.getNowait()).toEqual({ producer: -1, n })
    expect(left([...makers.dead, ...takers.dead])).toEqual([])
  })
})

/** Everything that is in the queue now. */
async function* taken<T>(queue: Queue<T>): AsyncGenerator<T> {
  try {
    for (;;) yield await queue.getNowait()
  } catch (error) {
    if (!(error instanceof EmptyError)) throw error
  }
}
