import type { Connection } from '../../src/connection.ts'
import { Context } from '../../src/context.ts'
import { HANDLE } from '../../src/handle.ts'
import { memoryTransports } from '../../src/memory-transport.ts'
import { Pipe } from '../../src/pipe.ts'
import { Queue } from '../../src/queue.ts'
import type { Transport } from '../../src/transport.ts'
import { inContext } from '../in-context.ts'
import { concat } from './bytes.ts'
import { connectorTo, meet } from './encounter.ts'
import { openShared, Town } from './town.ts'

/** What well-behaved contexts have sent, each from its first byte to its last. */
export async function recordSessions(): Promise<Uint8Array[]> {
  const sessions = [produce, consume, wait, workOnJoinable, passHandles, usePipes, haveChildren, goDirect]
  return Promise.all(sessions.map(record))
}

type Session = (context: Context, town: Town) => Promise<void>

async function record(session: Session): Promise<Uint8Array> {
  const town = new Town()
  const sent: Uint8Array[] = []
  const context = town.settleIn('9', (transport) => tap(transport, sent))
  await session(context, town)
  await town.clock.settle()
  return concat(...sent)
}

/** What well-behaved holders of a pipe have sent to the other one without the hub. */
export async function recordDirectSessions(): Promise<Uint8Array[]> {
  return Promise.all([talk, hurry, sayElsewhere, giveUp, ask].map(recordDirect))
}

type DirectSession = (end: Connection, other: Connection, town: Town) => Promise<void>

async function recordDirect(session: DirectSession): Promise<Uint8Array> {
  const town = new Town()
  const other = town.settleIn('9')
  const sent: Uint8Array[] = []
  const [here, there] = memoryTransports()
  const [near, far] = await meet(town, other, [here, tap(there, sent)])
  await session(far, near, town)
  await town.clock.settle()
  await far.close()
  await town.clock.settle()
  return concat(...sent)
}

function tap(transport: Transport, sent: Uint8Array[]): Transport {
  const { send } = transport
  transport.send = (batch) => {
    for (const chunk of batch) sent.push(new Uint8Array(chunk))
    return send.call(transport, batch)
  }
  return transport
}

async function produce(context: Context, { clock }: Town): Promise<void> {
  const { shared, bytes } = openShared(context)
  for (const value of [1, 'text', { nested: [1, 2, { deep: true }] }, new Map([[1, new Date(0)]])])
    void shared.put(value)
  void bytes.put('some bytes')
  await clock.settle()
  void shared.put(new Uint8Array(40_000))
  for (let i = 0; i < 5; i++) void shared.put(i).catch(() => {})
  await clock.settle()
}

async function consume(context: Context, { clock, shared, bytes }: Town): Promise<void> {
  const queues = openShared(context)
  for (let i = 0; i < 5; i++) void shared.put({ i })
  void bytes.put('x')
  await clock.settle()
  for (let i = 0; i < 4; i++) void queues.shared.get()
  void queues.bytes.get()
  await clock.settle()
  void queues.shared.get()
  void queues.shared.qsize()
  await clock.settle()
  void queues.shared.close()
}

async function wait(context: Context, { clock }: Town): Promise<void> {
  const { shared, bytes } = openShared(context)
  const controller = new AbortController()
  shared.get({ signal: controller.signal }).catch(() => {})
  shared.getNowait().catch(() => {})
  for (let i = 0; i < 9; i++) bytes.put('0123456789', { timeout: 5 }).catch(() => {})
  await clock.settle()
  controller.abort()
  await clock.advance(10)
}

async function workOnJoinable(context: Context, { clock, joinable }: Town): Promise<void> {
  const queue = openShared(context).joinable
  for (let i = 0; i < 4; i++) void joinable.put(i)
  await clock.settle()
  for (let i = 0; i < 2; i++) void queue.receive().then(({ done }) => done())
  void queue.get().then(() => queue.taskDone())
  void queue.join()
  await clock.settle()
  void queue.put('more')
  queue.taskDone().catch(() => {})
}

async function passHandles(context: Context, { clock }: Town): Promise<void> {
  const { shared } = openShared(context)
  const own = inContext(context, () => new Queue({ maxsize: 3 }))
  void shared.put({ reply: own })
  void own.put(1)
  await clock.settle()
  context.release(3, own[HANDLE].id)
}

/** Also closes ends on which messages wait for room, hands some over, and receives after the other end is gone. */
async function usePipes(context: Context, { clock, shared }: Town): Promise<void> {
  const queues = openShared(context)
  const [a, b] = inContext(context, () => Pipe<unknown>({ maxsize: 2 }))
  const [reader, writer] = inContext(context, () => Pipe<unknown>({ duplex: false, maxbytes: 40 }))
  const ignore = () => {}
  for (let i = 0; i < 6; i++) a.send({ i }).catch(ignore)
  for (let i = 0; i < 4; i++) b.send(i).catch(ignore)
  void writer.send('some bytes')
  await clock.settle()
  void b.recv()
  void b.poll()
  await clock.settle()
  void b.send(reader).catch(ignore)
  const copy = b.copy()
  queues.shared.put([copy, writer]).catch(ignore)
  await clock.settle()
  void a.close()
  void shared.get()
  await clock.settle()
  for (let i = 0; i < 3; i++) b.recv().catch(ignore)
  await clock.settle()
  void b.close()
  await clock.settle()
}

async function haveChildren(context: Context, { clock }: Town): Promise<void> {
  const [near, far] = memoryTransports()
  context.carry(far, () => {})
  const child = new Context('9.1', near, context.turn, clock, context.maxFrame)
  void openShared(child).shared.put('from below')
  await clock.settle()
  child.link.close()
  await clock.settle()
}

/** Together with a child: who carries it on says what both of them say. */
async function goDirect(context: Context, { hub, clock }: Town): Promise<void> {
  hub.directAfter = 1
  const [near, far] = memoryTransports()
  context.carry(far, () => {})
  const child = new Context('9.2', near, context.turn, clock, context.maxFrame)
  const [here, there] = memoryTransports()
  context.connector = connectorTo(here)
  child.connector = connectorTo(there)
  const [end, other] = inContext(context, () => Pipe<unknown>())
  void openShared(context).shared.put(other)
  const got = openShared(child).shared.get()
  await clock.settle()
  const handedOver = (await got) as typeof other
  for (let i = 0; i < 4; i++) {
    void end.send(i)
    void handedOver.send(i)
    await clock.settle()
  }
  const copy = end.copy()
  await clock.settle()
  void handedOver.recv()
  await clock.settle()
  for (const each of [end, copy, handedOver]) void each.close()
  await clock.settle()
}

async function talk(end: Connection, other: Connection, { clock }: Town): Promise<void> {
  for (let i = 0; i < 12; i++) {
    void end.send(['text', { nested: [i, new Map([[i, new Date(0)]])] }, i])
    void other.recv()
    void other.send(i)
    void end.recv()
    await clock.settle()
  }
}

/** More than there is room for, both ways. */
async function hurry(end: Connection, other: Connection, { clock }: Town): Promise<void> {
  for (let i = 0; i < 9; i++) void end.send('x'.repeat(60 * i))
  for (let i = 0; i < 9; i++) void other.send(i)
  await clock.settle()
  for (let i = 0; i < 9; i++) {
    void other.recv()
    void end.recv()
    await clock.settle()
  }
}

/** What was done at the hub before comes first. */
async function sayElsewhere(end: Connection, other: Connection, { clock, shared }: Town): Promise<void> {
  for (let i = 0; i < 4; i++) {
    void end.poll()
    void end.send(i)
    void end.send('and more')
    void shared.put(i)
    void other.recv()
    await clock.settle()
  }
  void other.recv()
  await clock.settle()
}

async function giveUp(end: Connection, other: Connection, { clock }: Town): Promise<void> {
  const ignore = () => {}
  const controller = new AbortController()
  for (let i = 0; i < 6; i++) end.send('0123456789'.repeat(30), { timeout: 5 }).catch(ignore)
  end.send(1, { signal: controller.signal }).catch(ignore)
  end.send(2, { timeout: 0 }).catch(ignore)
  await clock.settle()
  controller.abort()
  await clock.advance(10)
  other.recv().catch(ignore)
  other.recv().catch(ignore)
  await clock.settle()
  for (let i = 0; i < 3; i++) other.recv().catch(ignore)
  await clock.settle()
}

async function ask(end: Connection, other: Connection, { clock }: Town): Promise<void> {
  for (let i = 0; i < 5; i++) {
    void end.poll()
    end.recv({ timeout: 0 }).catch(() => {})
    await clock.settle()
    void other.send(i)
    void end.send(i)
    await clock.settle()
    void other.poll()
  }
  for (let i = 0; i < 5; i++) void other.recv()
  await clock.settle()
}
