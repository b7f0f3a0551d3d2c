import { type CaseName, expectIntact, isIntact, type Load, payloadOf } from './load.ts'

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
  const payload = payloadOf(load.case)
  switch (load.flow) {
    case 'to-child':
      return async (messages) => {
        const intact = lastOf(channel, 1)
        await sendNow(channel, messages)
        await sendTimes(channel, payload, messages)
        if (!(await intact)) throw new Error(`The child did not get case '${load.case}' as it was sent.`)
      }
    case 'to-parent':
      return async (messages) => {
        const last = lastOf(channel, messages)
        await sendNow(channel, messages)
        expectIntact(load.case, await last)
      }
    case 'round-trip':
      return async (messages) => {
        let last: unknown
        for (let i = 0; i < messages; i++) {
          const reply = lastOf(channel, 1)
          await sendNow(channel, payload)
          last = await reply
        }
        expectIntact(load.case, last)
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
      return (messages) => sendTimes(channel, payloadOf(load.case), Number(messages))
    case 'round-trip':
      return (message) => sendNow(channel, message)
  }
}

function consumer(channel: Channel, name: CaseName): (message: unknown) => void {
  let expected = 0
  return (message) => {
    if (expected === 0) expected = Number(message)
    else if (--expected === 0) sendNow(channel, isIntact(name, message))
  }
}

function lastOf(channel: Channel, messages: number): Promise<unknown> {
  return new Promise((resolve) => {
    let expected = messages
    channel.receive((message) => {
      if (--expected === 0) resolve(message)
    })
  })
}

async function sendTimes(channel: Channel, message: unknown, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const writable = channel.send(message)
    if (writable) await writable
  }
  channel.flush()
}

function sendNow(channel: Channel, message: unknown): Promise<void> | undefined {
  const writable = channel.send(message)
  channel.flush()
  return writable
}
