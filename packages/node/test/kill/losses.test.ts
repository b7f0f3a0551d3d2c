import { JoinableQueue, Process, Queue, taskModule } from '@millrace/node'
import { describe, expect, it } from 'vitest'
import { drained } from '../../../core/conformance/drained.ts'
import { allGone, eventually } from '../processes.ts'
import { chance, Victims } from './victims.ts'

const tasks = taskModule<typeof import('../fixtures/loss-tasks.mjs')>(
  new URL('../fixtures/loss-tasks.mjs', import.meta.url),
)
const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000)

const kinds = [
  { kind: 'process', kills: 12 },
  { kind: 'thread', kills: 6 },
] as const

interface Item {
  readonly producer: number
  readonly n: number
}

/** Beyond `kill.test.ts`: how much a plain Queue may lose, frames cut in the middle, and workers of killed managers. */
describe.each(kinds)(`what the killed of kind $kind take along (MILLRACE_SEED=${seed})`, ({ kind, kills }) => {
  it.each([{ maxsize: 1 }, { maxsize: 30 }])(
    'is at most the one item that each consumer had in hand, with maxsize $maxsize',
    async ({ maxsize }) => {
      const random = chance(seed + maxsize)
      const queue = new Queue<(Item & { ballast: Uint8Array }) | null>({ maxsize })
      const [confirmed, reports] = [new Queue<Item>(), new Queue<Item & { who: number }>()]
      let producers = 0
      const makers = new Victims(2, random, () =>
        new Process(tasks.produce, { args: [queue as never, confirmed, producers++], kind }).start(),
      )
      const takers = new Victims(2, random, () =>
        new Process(tasks.consumeCarefully, { args: [queue, reports], kind }).start(),
      )
      await eventually('producing', async () => !(await confirmed.empty()))
      for (let i = 0; i < kills; i++) await Promise.all([makers.killOne(250), takers.killOne(250)])
      await makers.killAll()
      await queue.put(null)
      await queue.put(null)
      await takers.joinAll()

      const seen = new Map<string, number[]>()
      for (const { producer, n, who } of await drained(reports)) {
        const key = `${producer}:${n}`
        seen.set(key, [...(seen.get(key) ?? []), who])
      }
      const put = await drained(confirmed)
      const lost = put.filter(({ producer, n }) => !seen.has(`${producer}:${n}`))
      expect(put.length).toBeGreaterThan(0)
      expect(lost.length).toBeLessThanOrEqual(takers.dead.size)
      // Twice only because the one who had it before is dead.
      for (const those of seen.values()) for (const who of those.slice(0, -1)) expect(takers.dead).toContain(who)
      // A producer's items come without a gap but for those that were lost.
      for (let producer = 0; producer < producers; producer++) {
        const numbers = [...seen.keys()].filter((key) => key.startsWith(`${producer}:`)).length
        const last = Math.max(-1, ...[...seen.keys()].flatMap((key) => numberIf(key, producer)))
        expect(numbers).toBeGreaterThanOrEqual(last + 1 - takers.dead.size)
      }
      expect(await queue.qsize()).toBe(0)
      await allGone(processesIn([...makers.dead, ...takers.dead]))
    },
  )

  it('is nothing of a JoinableQueue, when those are killed whose children do the work', async () => {
    const random = chance(seed + 1_000)
    const jobs = new JoinableQueue<number>({ maxsize: 20, deliveryLimit: 1_000 })
    const reports = new Queue<{ item: number; who: number }>()
    const managers = new Victims(2, random, () => new Process(tasks.manage, { args: [jobs, reports], kind }).start())
    let count = 0
    let feeding = true
    const fed = (async () => {
      for (; feeding; count++) await jobs.put(count)
    })()
    for (let i = 0; i < kills; i++) await managers.killOne(600)
    feeding = false
    // The managers that are left have workers by and by, which finish what there is.
    await fed
    await jobs.join()
    await managers.killAll()
    const all = await drained(reports)
    expect([...new Set(all.map(({ item }) => item))].sort((a, b) => a - b)).toEqual([...Array(count).keys()])
    expect(count).toBeGreaterThan(0)
    await allGone(processesIn([...managers.dead, ...all.map(({ who }) => who)]))
  })
})

/** The number of an item, if it is of that producer. */
function numberIf(key: string, producer: number): number[] {
  const [of, n] = key.split(':').map(Number)
  return of === producer ? [n!] : []
}

/** Those that the system knows by a number of their own. */
function processesIn(those: readonly number[]): number[] {
  return [...new Set(those)].filter((who) => who > 0)
}
