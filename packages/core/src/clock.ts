/** Opaque: what `setTimer` returned. */
export type Timer = unknown

/** Time and scheduling come in from outside, so that a simulation can run everything from a seed. */
export interface Clock {
  /** Milliseconds, monotonic, with a fraction. */
  now(): number
  /** `loose`: the program may end before it. */
  setTimer(run: () => void, ms: number, loose?: boolean): Timer
  clearTimer(timer: Timer): void
  /** Runs `run` after the current turn of the event loop, once its input was read: where batches leave. */
  defer(run: () => void): void
}

declare const setTimeout: (run: () => void, ms: number) => unknown
declare const clearTimeout: (timer: unknown) => void
declare const performance: { now(): number }
declare const process: { hrtime?(): [seconds: number, nanoseconds: number] } | undefined
declare const setImmediate: ((run: () => void) => unknown) | undefined
declare const MessageChannel: new () => {
  port1: { onmessage: (() => void) | null }
  port2: { postMessage(value: null): void }
}

/** In Node it is as quick as `performance`, whose modules take a process some milliseconds to load. */
const hrtime = typeof process === 'object' ? process.hrtime : undefined
/** In seconds: from about the start of this process on, as `performance` counts. */
const origin = hrtime === undefined ? 0 : hrtime()[0]

function millisecondsNow(): number {
  const time = hrtime!()
  return (time[0] - origin) * 1e3 + time[1] / 1e6
}

/** The clock of the platform: `setImmediate` where there is one, a message channel in browsers. */
export const systemClock: Clock = {
  now: hrtime === undefined ? () => performance.now() : millisecondsNow,
  // Longer delays overflow to 1 ms in every JavaScript engine; 24 days is as good as no timeout.
  setTimer: (run, ms, loose) => {
    const timer = setTimeout(run, Math.min(ms, 0x7fff_ffff))
    if (loose) (timer as { unref?(): void }).unref?.()
    return timer
  },
  clearTimer: (timer) => clearTimeout(timer),
  defer: typeof setImmediate === 'function' ? (run) => void setImmediate(run) : messageChannelDefer(),
}

function messageChannelDefer(): (run: () => void) => void {
  let channel: InstanceType<typeof MessageChannel> | undefined
  let queue: Array<() => void> = []
  return (run) => {
    if (channel === undefined) {
      channel = new MessageChannel()
      channel.port1.onmessage = () => {
        const due = queue
        queue = []
        for (const next of due) next()
      }
    }
    if (queue.push(run) === 1) channel.port2.postMessage(null)
  }
}

/** A timer cannot be longer, in milliseconds (25 days); what may wait longer has none. */
export const LONGEST_MS = 0x7fff_ffff
