import type { ChildProcess, Serializable, SerializationType } from 'node:child_process'
import type { Channel } from './channel.ts'
import { type Load, payloadOf } from './load.ts'

/** `send` and `'message'` of either end of a `fork`, waiting where `send` asks for it. */
export function ipcChannel(peer: ChildProcess | NodeJS.Process, load: Load, serialization: SerializationType): Channel {
  // JSON has no bytes: as base64 they grow by a third, as they are (an object of numbers) tenfold.
  const base64 = serialization === 'json' && payloadOf(load.case) instanceof Uint8Array
  let unsent = 0
  let wake = () => {}
  let deliver = (_message: unknown) => {}
  const sent = (error: Error | null) => {
    if (error) throw error
    if (--unsent === 0) wake()
  }
  peer.on('message', (form: unknown) => {
    deliver(base64 && typeof form === 'string' ? Buffer.from(form, 'base64') : form)
  })
  return {
    send(message) {
      const form = base64 && message instanceof Uint8Array ? Buffer.from(message).toString('base64') : message
      unsent++
      // False: more than 128 KiB wait for the pipe. Resuming when all have gone beats resuming when the first has.
      if (peer.send?.(form as Serializable, undefined, undefined, sent)) return
      return new Promise((resolve) => {
        wake = resolve
      })
    },
    flush() {},
    receive(listener) {
      deliver = listener
    },
  }
}
