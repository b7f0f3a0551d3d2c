import { describe, test } from 'vitest'
import { Context } from '../../src/context.ts'
import { Lessor } from '../../src/lease.ts'
import { Lessee } from '../../src/lessee.ts'
import { Link } from '../../src/link.ts'
import { PermitChannel } from '../../src/permit-channel.ts'
import { SemaphorePort, SemaphorePrimitive } from '../../src/primitives/semaphore.ts'
import { Turn } from '../../src/turn.ts'
import { expectNoticed } from './hunt.ts'
import { simulatePermits } from './permit-simulation.ts'
import { type PlantedBug, patch, waitGreedily } from './planted-bugs.ts'

/** So many seeds must be enough for each. */
const SEEDS = 1_500

const nothing = (): void => {}

function haveAllLeft(): () => void {
  const original = Object.getOwnPropertyDescriptor(Link.prototype, 'hasLeft')!
  Object.defineProperty(Link.prototype, 'hasLeft', { get: () => true, configurable: true })
  return () => void Object.defineProperty(Link.prototype, 'hasLeft', original)
}

/** Mistakes of the kind that whoever changes locks may make; the simulation has to notice each. */
const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'a recall is ignored',
    plant: () => patch(PermitChannel.prototype, 'onRecall', () => nothing),
  },
  {
    name: 'what is released is never reported',
    plant: () => patch(Context.prototype, 'reportLater', () => nothing),
  },
  {
    name: 'what a dead peer had in use does not come back',
    plant: () =>
      patch(SemaphorePrimitive.prototype, 'leave', (leave) => {
        return function (this: SemaphorePrimitive, port) {
          port.lease.inUse = 0
          leave.call(this, port)
        }
      }),
  },
  {
    name: 'what a dead peer held idle does not come back',
    plant: () =>
      patch(SemaphorePrimitive.prototype, 'leave', (leave) => {
        return function (this: SemaphorePrimitive, port) {
          port.lease.held = 0
          leave.call(this, port)
        }
      }),
  },
  {
    name: 'nobody is told of what was in use at a death',
    plant: () =>
      patch(SemaphorePrimitive.prototype, 'leave', (leave) => {
        return function (this: SemaphorePrimitive, port) {
          this.permits.relinquished(port.lease, port.lease.inUse)
          leave.call(this, port)
        }
      }),
  },
  {
    name: 'news of a death goes with whoever dies before it has acquired',
    plant: () =>
      patch(SemaphorePrimitive.prototype, 'untold', (untold) => {
        return function (this: SemaphorePrimitive, names) {
          if (names.length === 0) untold.call(this, names)
        }
      }),
  },
  {
    name: 'users go on before the hub can know that they are inside',
    plant: () => {
      const remove = patch(Turn.prototype, 'flush', (flush) => {
        return function (this: Turn, early) {
          if (early !== true) flush.call(this, early)
        }
      })
      const removeOther = haveAllLeft()
      return () => {
        remove()
        removeOther()
      }
    },
  },
  {
    name: 'and so they do while the other side is behind',
    plant: haveAllLeft,
  },
  {
    name: 'a permit that is released becomes two',
    plant: () =>
      patch(Lessee.prototype, 'regain', (regain) => {
        return function (this: Lessee) {
          this.tokens++
          regain.call(this)
        }
      }),
  },
  {
    name: 'what is idle again is lent to others as well',
    plant: () =>
      patch(SemaphorePort.prototype, 'ack', (ack) => {
        return function (this: SemaphorePort, count) {
          this.lease.inUse += count
          this.semaphore.permits.relinquished(this.lease, count)
          ack.call(this, count)
        }
      }),
  },
  {
    name: 'the hub ignores that a waiter was cancelled',
    plant: () => patch(SemaphorePort.prototype, 'cancel', () => nothing),
  },
  {
    name: 'a cancelled waiter takes a permit with it',
    plant: () => patch(Lessee.prototype, 'wait', waitGreedily),
  },
  {
    name: 'nowait is refused without asking others to give back',
    plant: () =>
      patch(SemaphorePort.prototype, 'ask', (ask) => {
        return function (this: SemaphorePort, lane, id, count, cost, nowait) {
          if (nowait && this.semaphore.value > 0 && this.lease.held === 0) this.lease.outlet.deny(id)
          else ask.call(this, lane, id, count, cost, nowait)
        }
      }),
  },
  {
    name: 'who has given everything back waits for nothing any more',
    plant: () => patch(Lessee.prototype, 'surrendered', () => nothing),
  },
  {
    name: 'nobody is called upon while all is in use',
    plant: () =>
      patch(SemaphorePort.prototype, 'spent', (spent) => {
        return function (this: SemaphorePort, lane, count, told) {
          spent.call(this, lane, count, told)
          this.lease.wanted = this.lease.inUse
        }
      }),
  },
  {
    name: 'who stays for long, and comes again at once, gives nothing back',
    plant: () =>
      patch(Turn.prototype, 'schedule', (schedule) => {
        return function (this: Turn, link) {
          this.count = 0
          schedule.call(this, link)
        }
      }),
  },
  {
    name: 'the latest to come is served first',
    plant: () =>
      patch(Lessor.prototype, 'ask', (ask) => {
        const latest = new WeakMap<Lessor, number>()
        return function (this: Lessor, lease, id, ...rest) {
          // Every third lets the one before it wait until after it.
          const turn = (latest.get(this) ?? 0) + 1
          latest.set(this, turn)
          const first = turn % 3 === 0 ? [...lease.waiters.keys()][0] : undefined
          if (first !== undefined) {
            this.cancel(lease, first)
            ask.call(this, lease, id, ...rest)
            return ask.call(this, lease, first, 1, 0, false, 0)
          }
          ask.call(this, lease, id, ...rest)
        }
      }),
  },
]

describe('the simulation of permits notices that', () => {
  test.each(PLANTED_BUGS)('$name', (bug) => expectNoticed(bug, simulatePermits, SEEDS))
})
