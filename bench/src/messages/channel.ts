import { expectIntact, Inspection } from './inspection.ts'
import { type CaseName, type Load, sourceOf } from './load.ts'

/** A bare way to send messages, for the subjects that have no queue; both sides of every flow over it are below. */
export interface Channel {
  /** Returns a promise when the sender has to wait for it before it sends more. */
  send(message: unknown): Promise<void> | undefined
  /** Sends what is still held back to fill a batch. */
  flush(): void
  /** Replaces the listener. */
  receive(listener: (message: unknown) => void): void
}

/** The parent's side: moves that many messages. */
export function mover(channel: Channel, load: Load): (messages: number) => Promise<void> {
  const next = sourceOf(load.case)
  const inspection = new Inspection(load.case)
  switch (load.flow) {
    case 'to-child':
      return async (messages) => {
        const verdict = reply(channel)
        await sendNow(channel, messages)
        await sendTimes(channel, next, messages)
        expectIntact(load.case, await verdict)
      }
    case 'to-parent':
      return async (messages) => {
        const arrived = receiveTimes(channel, inspection, messages)
        await sendNow(channel, messages)
        await arrived
        inspection.expectIntact()
      }
    case 'round-trip':
      return async (messages) => {
        for (let i = 0; i < messages; i++) {
          const answer = reply(channel)
          await sendNow(channel, next())
          inspection.see(await answer)
        }
        inspection.expectIntact()
      }
  }
}

/** The child's side, until the channel ends. A batch starts with its number of messages. */
export function serve(channel: Channel, load: Load): void {
  channel.receive(server(channel, load))
}

function server(channel: Channel, load: Load): (message: unknown) => void {
  switch (load.flow) {
    case 'to-child':
      return consumer(channel, load.case)
    case 'to-parent':
      return (messages) => sendTimes(channel, sourceOf(load.case), Number(messages))
    case 'round-trip':
      return (message) => sendNow(channel, message)
  }
}

function consumer(channel: Channel, name: CaseName): (message: unknown) => void {
  const inspection = new Inspection(name)
  let expected = 0
  return (message) => {
    if (expected === 0) {
      expected = Number(message)
      return
    }
    inspection.see(message)
    if (--expected === 0) sendNow(channel, inspection.verdict())
  }
}

function reply(channel: Channel): Promise<unknown> {
  return new Promise((resolve) => channel.receive(resolve))
}

function receiveTimes(channel: Channel, inspection: Inspection, times: number): Promise<void> {
  return new Promise((resolve) => {
    let expected = times
    channel.receive((message) => {
      inspection.see(message)
      if (--expected === 0) resolve()
    })
  })
}

async function sendTimes(channel: Channel, next: () => unknown, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const writable = channel.send(next())
    if (writable) await writable
  }
  channel.flush()
}

function sendNow(channel: Channel, message: unknown): Promise<void> | undefined {
  const writable = channel.send(message)
  channel.flush()
  return writable
}
