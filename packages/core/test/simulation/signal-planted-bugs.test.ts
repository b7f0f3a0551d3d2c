import { describe, test } from 'vitest'
import { CallChannel } from '../../src/call-channel.ts'
import { Context } from '../../src/context.ts'
import { BarrierPort, BarrierPrimitive } from '../../src/primitives/barrier.ts'
import { ConditionPort, ConditionPrimitive, NOTIFY, WOKEN } from '../../src/primitives/condition.ts'
import { EventPrimitive } from '../../src/primitives/event.ts'
import { Waiters } from '../../src/primitives/waiters.ts'
import { Watchers } from '../../src/primitives/watchers.ts'
import { StandInLock } from '../stand-in-lock.ts'
import { expectNoticed } from './hunt.ts'
import { type PlantedBug, patch } from './planted-bugs.ts'
import { simulateSignals } from './signal-simulation.ts'

/** So many seeds must be enough for each. */
const SEEDS = 400

const nothing = (): void => {}

/** Mistakes of the kind that whoever changes these primitives may make; the simulation has to notice each. */
const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'setting an event lets only the first go on',
    plant: () =>
      patch(EventPrimitive.prototype, 'set', () => {
        return function (this: EventPrimitive) {
          this.isSet = true
          this.waiters.shift()?.reply.done(true)
          this.watchers.tell(true)
        }
      }),
  },
  {
    name: 'who observes is not told of changes',
    plant: () => patch(Watchers.prototype, 'tell', () => nothing),
  },
  {
    name: 'a notification dies with its receiver',
    plant: () =>
      patch(ConditionPort.prototype, 'release', (release) => {
        return function (this: ConditionPort) {
          this.unconfirmed.clear()
          release.call(this)
        }
      }),
  },
  {
    name: 'a notification is lost that crosses the end of its receiver',
    plant: () =>
      patch(ConditionPort.prototype, 'cancel', (cancel) => {
        return function (this: ConditionPort, lane, ticket) {
          this.unconfirmed.delete(ticket)
          cancel.call(this, lane, ticket)
        }
      }),
  },
  {
    name: 'a notification is never confirmed',
    plant: () =>
      patch(CallChannel.prototype, 'tell', (tell) => {
        return function (this: CallChannel, operation, ...args) {
          if (operation !== WOKEN) tell.call(this, operation, ...args)
        }
      }),
  },
  {
    name: 'a notification goes to one who came after it',
    plant: () =>
      patch(ConditionPrimitive.prototype, 'wake', (wake) => {
        return function (this: ConditionPrimitive) {
          return wake.call(this, Number.POSITIVE_INFINITY)
        }
      }),
  },
  {
    name: 'the lock is given up before the hub knows who waits',
    plant: () =>
      patch(CallChannel.prototype, 'wait', (wait) => {
        return async function (this: CallChannel, call, options) {
          // The time in which another can have acquired the lock and notified.
          for (let i = 0; i < 2 && this.name.startsWith('condition'); i++) await this.call(NOTIFY, 0)
          return wait.call(this, call, options) as never
        }
      }),
  },
  {
    name: 'who has waited goes on without the lock',
    plant: () => patch(StandInLock.prototype, 'restore', () => async () => {}),
  },
  {
    name: 'the dead stay in line',
    plant: () => patch(Waiters.prototype, 'leave', () => () => 0),
  },
  {
    name: 'who gives up stays in line',
    plant: () => patch(Waiters.prototype, 'cancel', () => () => undefined),
  },
  {
    name: 'a party that gives up does not break the barrier',
    plant: () => patch(BarrierPrimitive.prototype, 'cancel', () => nothing),
  },
  {
    name: 'a party that was killed does not break the barrier',
    plant: () =>
      patch(BarrierPort.prototype, 'release', (release) => {
        return function (this: BarrierPort) {
          release.call(this, 'ended')
        }
      }),
  },
  {
    name: 'a party that ends by itself breaks the barrier',
    plant: () => patch(Context.prototype, 'sayGoodbye', () => nothing),
  },
  {
    name: 'a party that is late for its timeout passes, and does not know',
    plant: () =>
      patch(CallChannel.prototype, 'wait', (wait) => {
        return function (this: CallChannel, call, options) {
          return wait.call(this, { ...call, exact: false }, options) as never
        }
      }),
  },
  {
    name: 'a round passes that was reset while its action ran',
    plant: () =>
      patch(BarrierPrimitive.prototype, 'reset', (reset) => {
        return function (this: BarrierPrimitive, port) {
          if (this.waiting > 0) reset.call(this, port)
        }
      }),
  },
]

describe('the simulation of signals notices that', () => {
  test.each(PLANTED_BUGS)('$name', (bug) => expectNoticed(bug, simulateSignals, SEEDS))
})
