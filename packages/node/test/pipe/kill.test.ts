import { BrokenPipeError, type Connection, EndOfFileError, Pipe, Process, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { range } from '../../../core/conformance/observed.ts'
import { Random } from '../../../core/test/random.ts'
import { allGone } from '../processes.ts'

const tasks = taskModule<typeof import('./fixtures/pipe-tasks.mjs')>(
  new URL('./fixtures/pipe-tasks.mjs', import.meta.url),
)
const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000)
const kinds = [
  { kind: 'process', rounds: 40 },
  { kind: 'thread', rounds: 24 },
] as const

interface Numbered {
  readonly n: number
  readonly ballast: Uint8Array
}

/** A round of any of three plays is over when everybody has been told, or it hangs. */
describe.each(kinds)(`a $kind killed at a random instant (MILLRACE_SEED=${seed})`, ({ kind, rounds }) => {
  const random = new Random(seed)
  const pids: number[] = []
  let received = 0

  /** At any instant of its life, but mostly while it is at work. */
  async function killSoon(child: Process<unknown, never>, working: Connection<unknown>): Promise<void> {
    pids.push(child.pid!)
    const early = random.chance(0.25)
    if (!early) await working.poll({ timeout: Number.POSITIVE_INFINITY })
    await new Promise((resolve) => setTimeout(resolve, random.next() * (early ? 250 : 40)))
    await child.kill()
    await child.join()
  }

  /** What comes, in order and without a gap, and then the end of file. */
  async function receiveToTheEnd(connection: Connection<Numbered, never>): Promise<number> {
    for (let next = 0; ; next++) {
      try {
        const { n, ballast } = await connection.recv()
        expect([n, ballast.length]).toEqual([next, n % 7 === 3 ? 150_000 : n % 50])
      } catch (error) {
        expect(error).toBeInstanceOf(EndOfFileError)
        return next
      }
    }
  }

  async function killSender(): Promise<void> {
    const [reader, writer] = Pipe<Numbered>({ duplex: false, maxsize: random.pick([1, 3, 50]) })
    const child = new Process(tasks.sendForEver, { args: [writer], kind }).start()
    const killing = killSoon(child as never, reader)
    received += await receiveToTheEnd(reader)
    await killing
  }

  /** What it sends back comes in order, nothing is sent to the dead, and both sides are told. */
  async function killEcho(): Promise<void> {
    const [here, far] = Pipe<number>({ maxsize: random.pick([1, 3, 50]) })
    const child = new Process(tasks.echo, { args: [far as Connection<unknown>], kind }).start()
    const killing = killSoon(child as never, here)
    const sending = (async () => {
      for (let n = 0; ; n++) await here.send(n)
    })()
    const receiving = (async () => {
      for (let n = 0; ; n++, received++) expect(await here.recv()).toBe(n)
    })()
    await Promise.all([
      killing,
      expect(sending).rejects.toBeInstanceOf(BrokenPipeError),
      expect(receiving).rejects.toBeInstanceOf(EndOfFileError),
    ])
  }

  /** The other holder of a copy receives what the dead one did not, but for the one message that it had in hand. */
  async function killOneOfTwo(): Promise<void> {
    const [here, far] = Pipe<number>({ maxsize: random.pick([2, 20]) })
    const helpers = [far.copy(), far].map((end) => {
      const [reports, reporting] = Pipe<number>()
      const child = new Process(tasks.receiveCarefully, { args: [end, reporting as never], kind }).start()
      return { child, reports }
    })
    const killing = killSoon(helpers[0]!.child as never, helpers[0]!.reports)
    const received = helpers.map(({ reports }) => everything(reports))
    let sent = 0
    let killed = false
    const sending = (async () => {
      for (; !killed; sent++) await here.send(sent)
      await here.close()
    })()
    await killing
    killed = true
    await sending
    const [first, second] = await Promise.all(received)
    await helpers[1]!.child.join()
    const seen = new Set([...first!, ...second!])
    expect(range(sent).filter((n) => !seen.has(n)).length).toBeLessThanOrEqual(1)
    expect(new Set(second).size).toBe(second!.length)
    expect(helpers[1]!.child.exitCode).toBe(0)
  }

  test('nobody hangs, nothing that was sent is lost or comes out of order, and nobody is left', async () => {
    const plays = [killSender, killEcho, killOneOfTwo]
    for (let round = 0; round < rounds; round += 4)
      await Promise.all(range(4).map((i) => plays[(round + i) % plays.length]!()))
    if (kind === 'process') await allGone(pids)
    expect(pids.length).toBe(rounds)
    // Else they were killed before there was anything to lose.
    expect(received).toBeGreaterThan(rounds / 4)
  })
})

async function everything(connection: Connection<number>): Promise<number[]> {
  const messages: number[] = []
  for await (const message of connection) messages.push(message)
  return messages
}
