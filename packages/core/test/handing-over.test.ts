import { expect, test } from 'vitest'
import type { Connection } from '../src/connection.ts'
import { Context } from '../src/context.ts'
import { Frame } from '../src/frame.ts'
import { HANDLE } from '../src/handle.ts'
import { Hub } from '../src/hub.ts'
import { memoryTransports } from '../src/memory-transport.ts'
import { Pipe } from '../src/pipe.ts'
import { Queue } from '../src/queue.ts'
import type { Transport, TransportListener } from '../src/transport.ts'
import { Turn } from '../src/turn.ts'
import { concat, framesOf } from './hostile/bytes.ts'
import { inContext } from './in-context.ts'
import { ManualClock } from './manual-clock.ts'

const clock = new ManualClock()
const hub = new Hub(new Turn(clock), { maxFrame: 1 << 24 })

function connect(path: string, turn: Turn, wrap = (transport: Transport) => transport): Context {
  const [near, far] = memoryTransports()
  hub.attach(far)
  return new Context(path, wrap(near), turn, clock, 1 << 24)
}

/** A connection on which what comes, and what goes behind a frame of a certain type, can be kept back. */
class SlowTransport implements Transport {
  readonly remote = true
  readonly attaches = false
  /** Frames go up to the first of this type, and no further. */
  last: number | undefined
  holdsBack = false
  readonly #transport: Transport
  readonly #kept: Array<() => void> = []

  constructor(transport: Transport) {
    this.#transport = transport
  }

  goOn(): void {
    this.last = undefined
    this.holdsBack = false
    for (const happens of this.#kept.splice(0)) happens()
  }

  listen(listener: TransportListener): void {
    this.#transport.listen({
      ...listener,
      onBytes: (chunk) => {
        if (this.holdsBack) this.#kept.push(() => listener.onBytes(chunk))
        else listener.onBytes(chunk)
      },
      onDrain: () => listener.onDrain(),
      onClose: () => listener.onClose(),
    })
  }

  send(batch: readonly Uint8Array[]): boolean {
    for (const frame of framesOf(concat(...batch))) {
      if (this.last === 0) this.#kept.push(() => this.#transport.send([frame]))
      else this.#transport.send([frame])
      if (frame[2] === this.last) this.last = 0
    }
    return true
  }

  sendSync(batch: readonly Uint8Array[]): void {
    this.send(batch)
  }

  close(): void {
    this.#transport.close()
  }

  ref(): void {}
  unref(): void {}
}

/** The same queue in another context. */
function open<T>(queue: Queue<T>, context: Context): Queue<T> {
  const { kind, id, options } = queue[HANDLE]
  return context.handle(kind, id, options) as Queue<T>
}

/** Puts and gets until room is delegated ahead of need, so that the next put finds it in hand. */
async function warmUp(here: Queue<unknown>, there: Queue<unknown>): Promise<void> {
  for (let i = 0; i < 8; i++) {
    void here.put(i)
    void here.put(i)
    await now(Promise.all([there.get(), there.get()]))
  }
}

async function now<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  await clock.settle()
  return promise
}

test('what is on its way to whoever hands its end on comes first where the end goes', async () => {
  const root = connect('root', hub.turn)
  let wire: SlowTransport
  const first = connect('first', new Turn(clock), (transport) => (wire = new SlowTransport(transport)))
  const second = connect('second', new Turn(clock))
  const [near, far] = inContext(root, () => Pipe<number>())
  const [toFirst, toSecond] = inContext(root, () => [new Queue<Connection<number>>(), new Queue<unknown>()])
  await now(toFirst.put(far))
  const held = await now(open(toFirst, first).get())
  const [away, arrival] = [open(toSecond, first), open(toSecond, second)]
  await warmUp(away, arrival)
  const waiting = Promise.allSettled([held.recv(), held.recv(), held.recv()])
  await clock.settle()

  wire!.holdsBack = true
  for (const i of [1, 2, 3]) void near.send(i)
  await clock.settle()
  wire!.last = Frame.PUT_REFS
  void away.put(held)
  await clock.settle()
  wire!.holdsBack = false
  expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])

  const next = (await now(arrival.get())) as Connection<number>
  const received = [next.recv(), next.recv(), next.recv(), next.recv()]
  void near.send(4)
  await clock.settle()
  wire!.goOn()
  expect(await now(Promise.all(received))).toEqual([1, 2, 3, 4])
})
