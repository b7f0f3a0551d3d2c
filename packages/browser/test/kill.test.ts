import { JoinableQueue, Process, Queue } from '@millrace/browser'
import { describe, expect, test } from 'vitest'
import { drained } from '../../core/conformance/drained.ts'
import { Random } from '../../core/test/random.ts'
import { tasks } from './tasks.ts'

const seed = Number(import.meta.env.MILLRACE_SEED || Date.now() % 1_000_000)

interface Put {
  readonly producer: number
  readonly n: number
}

describe(`Web Workers killed at random instants (MILLRACE_SEED=${seed})`, () => {
  test('lose nothing that had left a producer, and leave no gap and no slot taken', async () => {
    const [queue, confirmed] = [new Queue<Put>({ maxsize: 20 }), new Queue<Put>()]
    const received = new Map<number, number>()
    const receiving = (async () => {
      for await (const { producer, n } of queue) {
        expect(n).toBe(received.get(producer) ?? 0)
        received.set(producer, n + 1)
      }
    })()
    await killEach(24, new Random(seed), (i) => new Process(tasks.produce, { args: [queue, confirmed, i] }).start())
    for (const { producer, n } of await drained(confirmed)) expect(received.get(producer)).toBeGreaterThan(n)
    while ((await queue.qsize()) > 0) await queue.qsize()
    await queue.close()
    await receiving
    expect(await new Process(tasks.puts, { args: [queue as never, 20] }).start().result).toBeUndefined()
  })

  test('have what they did not finish done by others', async () => {
    const [jobs, reports] = [new JoinableQueue<number>({ maxsize: 50, deliveryLimit: 1_000 }), new Queue<number>()]
    let count = 0
    let feeding = true
    const fed = (async () => {
      for (; feeding; count++) await jobs.put(count)
    })()
    const start = () => new Process(tasks.finish, { args: [jobs, reports], daemon: true }).start()
    await killEach(24, new Random(seed + 1), start)
    feeding = false
    const last = start()
    await fed
    await jobs.join()
    await last.kill()
    await last.join()
    const done = await drained(reports)
    expect([...new Set(done)].sort((a, b) => a - b)).toEqual([...Array(count).keys()])
    expect(done.length - count).toBeLessThanOrEqual(25 * 50)
  })
})

/** Starts so many processes, three at a time, and kills each at a random instant: some have not begun by then. */
async function killEach(count: number, random: Random, start: (i: number) => Process): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) {
      const victim = start(next++)
      await new Promise((resolve) => setTimeout(resolve, 30 + random.next() * 200))
      await victim.kill()
      await victim.join()
      expect(victim.exitCode).toBe(-9)
    }
  }
  await Promise.all([lane(), lane(), lane()])
}
