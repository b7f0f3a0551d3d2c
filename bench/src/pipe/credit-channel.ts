import type { Channel } from '../messages/channel.ts'
import { type CaseName, mebi, moves, payloadOf } from '../messages/load.ts'

/** The part of a `MessagePort` or a `Worker` that a channel needs; Node and browsers name it differently. */
export interface Port {
  post(message: unknown): void
  /** With its memory instead of a copy. Apart from `post`, for even an empty list of what to move is slow. */
  move(message: unknown, memory: ArrayBuffer): void
  /** Replaces the listener. */
  listen(listener: (message: unknown) => void): void
}

const maxMessages = 1000
const maxBytes = 4 * mebi
/** No payload is null. */
const credit = null

/**
 * One `postMessage` for each message. It never says to wait, and what the receiver has not taken yet stays in memory:
 * so the sender counts, and the receiver gives credit each time that it has taken half of what may be under way.
 */
export function creditChannel(port: Port, name: CaseName): Channel {
  const half = Math.ceil(Math.min(maxMessages, maxBytes / sizeOf(payloadOf(name))) / 2)
  const post = moves(name) ? (message: unknown) => postMoving(port, message) : (message: unknown) => port.post(message)
  let underWay = 0
  let taken = 0
  let wake = () => {}
  let deliver = (_message: unknown) => {}
  port.listen((message) => {
    if (message === credit) {
      underWay -= half
      wake()
      return
    }
    if (++taken === half) {
      taken = 0
      port.post(credit)
    }
    deliver(message)
  })
  return {
    send(message) {
      post(message)
      if (++underWay < 2 * half) return
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

/** Numbers and verdicts have no memory to move. */
function postMoving(port: Port, message: unknown): void {
  if (message instanceof Uint8Array) port.move(message, message.buffer as ArrayBuffer)
  else port.post(message)
}

function sizeOf(payload: unknown): number {
  return payload instanceof Uint8Array ? payload.length : 1
}
