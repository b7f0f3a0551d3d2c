import { expectIntact, Inspection } from './inspection.ts'
import { type CaseName, type Load, sourceOf } from './load.ts'

/** One side's way to talk to the other, where every message is awaited; both sides of every flow over it are below. */
export interface Exchange {
  send(message: unknown): Promise<unknown>
  receive(): Promise<unknown>
}

/** The parent's side: moves that many messages. */
export function mover(exchange: Exchange, load: Load): (messages: number) => Promise<void> {
  const next = sourceOf(load.case)
  const inspection = new Inspection(load.case)
  switch (load.flow) {
    case 'to-child':
      return async (messages) => {
        await exchange.send(messages)
        await sendTimes(exchange, next, messages)
        expectIntact(load.case, await exchange.receive())
      }
    case 'to-parent':
      return async (messages) => {
        await exchange.send(messages)
        await receiveTimes(exchange, inspection, messages)
        inspection.expectIntact()
      }
    case 'round-trip':
      return async (messages) => {
        for (let i = 0; i < messages; i++) {
          await exchange.send(next())
          inspection.see(await exchange.receive())
        }
        inspection.expectIntact()
      }
  }
}

/** The child's side. A batch starts with its number of messages; null ends it. */
export function serve(exchange: Exchange, load: Load): Promise<void> {
  switch (load.flow) {
    case 'to-child':
      return consume(exchange, load.case)
    case 'to-parent':
      return produce(exchange, load.case)
    case 'round-trip':
      return echo(exchange)
  }
}

async function consume(exchange: Exchange, name: CaseName): Promise<void> {
  const inspection = new Inspection(name)
  for (let messages = await exchange.receive(); messages !== null; messages = await exchange.receive()) {
    await receiveTimes(exchange, inspection, Number(messages))
    await exchange.send(inspection.verdict())
  }
}

async function produce(exchange: Exchange, name: CaseName): Promise<void> {
  const next = sourceOf(name)
  for (let messages = await exchange.receive(); messages !== null; messages = await exchange.receive())
    await sendTimes(exchange, next, Number(messages))
}

async function echo(exchange: Exchange): Promise<void> {
  for (let message = await exchange.receive(); message !== null; message = await exchange.receive())
    await exchange.send(message)
}

async function sendTimes(exchange: Exchange, next: () => unknown, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await exchange.send(next())
}

async function receiveTimes(exchange: Exchange, inspection: Inspection, times: number): Promise<void> {
  for (let i = 0; i < times; i++) inspection.see(await exchange.receive())
}
