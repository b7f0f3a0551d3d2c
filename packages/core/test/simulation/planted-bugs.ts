import { Context } from '../../src/context.ts'
import { Hub } from '../../src/hub.ts'
import { Lessor } from '../../src/lease.ts'
import { Lessee, type Operation } from '../../src/lessee.ts'
import { JoinableQueuePrimitive } from '../../src/primitives/joinable-queue.ts'
import { QueuePort, QueuePrimitive } from '../../src/primitives/queue.ts'
import { Runs } from '../../src/primitives/runs.ts'
import { QueueChannel } from '../../src/queue-channel.ts'
import { Turn } from '../../src/turn.ts'
import { Wire } from './wire.ts'

export interface PlantedBug {
  readonly name: string
  /** Puts it in and returns how to take it out. */
  readonly plant: () => () => void
}

/** Replaces a method for as long as the bug is in. */
export function patch<T extends object, K extends keyof T>(
  target: T,
  method: K,
  bug: (original: T[K]) => T[K],
): () => void {
  const original = target[method]
  target[method] = bug(original)
  return () => {
    target[method] = original
  }
}

const nothing = (): void => {}

/** Mistakes of the kind that the rules of `lease.ts` are there to prevent; the simulation has to notice each. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'items that a dead peer held do not come back',
    plant: () =>
      patch(QueuePrimitive.prototype, 'release', (release) => {
        return function (this: QueuePrimitive, port) {
          port.items.held = 0
          release.call(this, port)
        }
      }),
  },
  {
    name: 'slots that a dead peer held do not come back',
    plant: () =>
      patch(QueuePrimitive.prototype, 'release', (release) => {
        return function (this: QueuePrimitive, port) {
          port.slots.held = 0
          release.call(this, port)
        }
      }),
  },
  {
    name: 'a recall is ignored',
    plant: () => patch(Lessee.prototype, 'recalled', () => nothing),
  },
  {
    name: 'what comes back goes to the end of the line',
    plant: () =>
      patch(Runs.prototype, 'restore', () => {
        return function (this: Runs, run) {
          this.push(run)
        }
      }),
  },
  {
    name: 'what a peer gives back is taken from what it was lent since',
    plant: () =>
      patch(Lessor.prototype, 'returned', (returned) => {
        return function (this: Lessor, lease, ...rest) {
          lease.lentSince = 0
          returned.call(this, lease, ...rest)
        }
      }),
  },
  {
    name: 'the hub ignores that a waiter was cancelled',
    plant: () => patch(QueuePort.prototype, 'cancel', () => nothing),
  },
  {
    name: 'a cancelled waiter takes a token with it',
    plant: () => patch(Lessee.prototype, 'wait', waitGreedily),
  },
  {
    name: 'what was taken is never reported',
    plant: () => patch(QueueChannel.prototype, 'report', () => nothing),
  },
  {
    name: 'what was taken is reported twice',
    plant: () =>
      patch(QueuePort.prototype, 'spent', (spent) => {
        return function (this: QueuePort, lane, count, window, idle) {
          spent.call(this, lane, count, window, idle)
          if (this.items.held > 0) spent.call(this, lane, 1, window, idle)
        }
      }),
  },
  {
    name: 'a put brings a slot along',
    plant: () =>
      patch(QueuePrimitive.prototype, 'put', (put) => {
        return function (this: QueuePrimitive, port, run) {
          put.call(this, port, run)
          port.slots.held++
          this.slots.returned(port.slots, 1, 0, port.slots.window)
        }
      }),
  },
  {
    name: 'nowait is refused without asking others to give back',
    plant: () =>
      patch(Lessor.prototype, 'ask', (ask) => {
        return function (this: Lessor, lease, id, count, cost, nowait, window) {
          if (nowait) lease.outlet.deny(id)
          else ask.call(this, lease, id, count, cost, nowait, window)
        }
      }),
  },
  {
    name: 'what was taken is reported after what was written since',
    plant: () =>
      patch(Context.prototype, 'write', () => {
        return function (this: Context) {
          return this.link.write()
        }
      }),
  },
  {
    name: 'a waiter that has a token in hand is not woken',
    plant: () => patch(Turn.prototype, 'next', () => nothing),
  },
  {
    name: 'what a dead consumer worked on does not come back',
    plant: () => {
      const open = JoinableQueuePrimitive.prototype as unknown as { takeBack: () => void }
      Object.defineProperty(open, 'takeBack', { value: nothing, configurable: true })
      return () => Reflect.deleteProperty(open, 'takeBack')
    },
  },
  {
    name: 'an item does not keep alive what the handles in it stand for',
    plant: () =>
      patch(Hub.prototype, 'forgo', (forgo) => {
        return function (this: Hub, refs) {
          forgo.call(this, [...refs, ...refs])
        }
      }),
  },
  {
    name: 'the connection loses a batch now and then',
    plant: () => {
      let sent = 0
      return patch(Wire.prototype, 'send', (send) => {
        return function (this: Wire, batch) {
          return ++sent % 40 === 0 || send.call(this, batch)
        }
      })
    },
  },
]

/** As `wait`, but a waiter that gave up still eats the token that comes for it. */
export function waitGreedily(wait: Lessee['wait']): Lessee['wait'] {
  return function (this: Lessee, operation, options, cost) {
    if (options?.signal === undefined || options.signal.aborted) return wait.call(this, operation, options, cost)
    const { signal, ...patient } = options
    let over = false
    signal.addEventListener('abort', () => {
      if (!over) operation.fail(signal.reason)
      over = true
    })
    const unless = (settle: () => void) => (): void => {
      if (!over) settle()
      over = true
    }
    const greedy: Operation = {
      serve: unless(() => operation.serve()),
      expire: unless(() => operation.expire()),
      fail: (reason) => unless(() => operation.fail(reason))(),
    }
    wait.call(this, greedy, patient, cost)
  }
}
