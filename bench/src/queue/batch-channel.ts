import type { Socket } from 'node:net'
import { Packr } from 'msgpackr'
import type { Channel } from '../messages/channel.ts'
import { type Load, payloadOf } from '../messages/load.ts'

const batchBytes = 64 * 1024
const batchMessages = 1000

/** Batches of messages as MessagePack arrays, each after its length. */
export function batchChannel(pipe: Socket, load: Load): Channel {
  const codec = new Packr({ useRecords: false })
  const size = codec.pack(payloadOf(load.case)).length
  const full = Math.min(batchMessages, Math.ceil(batchBytes / size))
  let batch: unknown[] = []
  let wake = () => {}
  let deliver = (_message: unknown) => {}
  pipe.on('drain', () => wake())
  const read = reader(pipe, codec, (message) => deliver(message))
  pipe.on('readable', read)

  function flush(): boolean {
    if (batch.length === 0) return true
    const body = codec.pack(batch)
    batch = []
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32LE(body.length)
    pipe.cork()
    pipe.write(length)
    const writable = pipe.write(body)
    pipe.uncork()
    return writable
  }

  return {
    send(message) {
      batch.push(message)
      if (batch.length < full || flush()) return
      return new Promise((resolve) => {
        wake = resolve
      })
    },
    flush,
    receive(listener) {
      deliver = listener
    },
  }
}

function reader(pipe: Socket, codec: Packr, listener: (message: unknown) => void): () => void {
  let length = 0
  return () => {
    for (;;) {
      length ||= pipe.read(4)?.readUInt32LE() ?? 0
      const body = length && pipe.read(length)
      if (!body) return
      length = 0
      for (const message of codec.unpack(body)) listener(message)
    }
  }
}
