import { channel, initRuntime, move, type Receiver, type Sender, shutdown, spawn } from 'multithreading'
import { mover } from '../messages/exchange.ts'
import { type CaseName, kibi, mebi, payloadOf } from '../messages/load.ts'
import { type Subject, timed } from '../messages/subject.ts'
import { channelExchange } from './multithreading-tasks.ts'

/** A channel keeps its messages in shared memory of a fixed size, which also holds the garbage that they leave. */
const size = 128 * mebi

/** Two bounded channels of the package `multithreading`, every send and receive awaited. */
export const multithreadingChannel: Subject = {
  async open(load) {
    initRuntime({ maxWorkers: 1 })
    const there = boundedChannel(load.case)
    const back = boundedChannel(load.case)
    const child = spawn(move(there.receiver, back.sender, load), async (receiver, sender, load) => {
      // It runs from its source text elsewhere: what it needs it has to import itself.
      const { serveChannels } = await import('./multithreading-tasks.ts')
      await serveChannels(sender, receiver, load)
    })
    const ended = child.join().then((outcome) => {
      if (!outcome.ok) throw outcome.error
    })
    const carry = mover(channelExchange(there.sender, back.receiver), load)
    return {
      run: (messages) => timed(() => carry(messages)),
      async close() {
        there.sender.close()
        await ended
        shutdown()
      },
    }
  },
}

function boundedChannel(name: CaseName): { sender: Sender<unknown>; receiver: Receiver<unknown> } {
  const [sender, receiver] = channel<unknown>(capacityOf(payloadOf(name)), { size })
  return { sender, receiver }
}

/** 1000 messages, or as many as fill half of the memory as base64. */
function capacityOf(payload: unknown): number {
  const bytes = payload instanceof Uint8Array ? (payload.length * 4) / 3 : kibi
  return Math.min(1000, Math.floor(size / 2 / bytes))
}
