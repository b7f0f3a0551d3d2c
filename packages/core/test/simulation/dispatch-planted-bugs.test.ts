import { describe, test } from 'vitest'
import { Backlog } from '../../src/primitives/backlog.ts'
import { Dispatcher, Seat } from '../../src/primitives/dispatcher.ts'
import { simulateDispatch } from './dispatch-simulation.ts'
import { SimWorker } from './dispatch-worker.ts'
import { expectNoticed } from './hunt.ts'
import { type PlantedBug, patch } from './planted-bugs.ts'

/** So many seeds must be enough for each. */
const SEEDS = 400

/** Mistakes of the kind that whoever changes the dispatcher may make; the simulation has to notice each. */
const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'a claim that was taken is taken again',
    plant: () => {
      let taken = 0
      return patch(SimWorker.prototype, 'takeClaim', (takeClaim) => {
        return function (this: SimWorker) {
          const number = takeClaim.call(this)
          return number > 1 && ++taken % 20 === 0 ? number - 1 : number
        }
      })
    },
  },
  {
    name: 'what is taken back is not what the claim is for',
    plant: () =>
      patch(Seat.prototype, 'settle', (settle) => {
        return function (this: Seat<never>, number) {
          const [other] = [...this.held.keys()].filter((each) => each !== number)
          return settle.call(this, other !== undefined && this.closed ? other : number)
        }
      }),
  },
  {
    name: 'what a dead worker had begun goes back',
    plant: () =>
      patch(Dispatcher.prototype, 'leave', (leave) => {
        return function (this: Dispatcher<never>, seat) {
          const { begun, lost } = leave.call(this, seat)
          for (const unit of begun) this.backlog.restore(unit as never)
          return { begun: [], lost }
        }
      }),
  },
  {
    name: 'what a dead worker had not begun is lost',
    plant: () =>
      patch(Dispatcher.prototype, 'leave', (leave) => {
        return function (this: Dispatcher<never>, seat) {
          seat.held.clear()
          return leave.call(this, seat)
        }
      }),
  },
  {
    name: 'what a dead worker had not begun fails',
    plant: () =>
      patch(Dispatcher.prototype, 'leave', (leave) => {
        return function (this: Dispatcher<never>, seat) {
          seat.outlet.takeClaim = () => 0
          return leave.call(this, seat)
        }
      }),
  },
  {
    name: 'nobody helps another one',
    plant: () => patch(Dispatcher.prototype, 'takeBack', () => () => 0),
  },
  {
    name: 'nobody looks again',
    plant: () =>
      patch(Dispatcher.prototype, 'dispatch', (dispatch) => {
        return function (this: Dispatcher<never>, now) {
          dispatch.call(this, now)
          return 0
        }
      }),
  },
  {
    name: 'what is given back is forgotten',
    plant: () => {
      let restored = 0
      return patch(Backlog.prototype, 'restore', (restore) => {
        return function (this: Backlog<never>, unit) {
          if (++restored % 10 > 0) restore.call(this, unit)
        }
      })
    },
  },
  {
    name: 'what nobody wants stays where it waits',
    plant: () => patch(Backlog.prototype, 'remove', () => () => true),
  },
  {
    name: 'what is withheld from the busy is withheld from the idle',
    plant: () =>
      patch(Backlog.prototype, 'take', (take) => {
        return function (this: Backlog<never>, workers) {
          return take.call(this, workers, true)
        }
      }),
  },
  {
    name: 'a load is never lifted',
    plant: () =>
      patch(Seat.prototype, 'forget', () => {
        return function (this: Seat<never>, number) {
          this.held.delete(number)
        }
      }),
  },
]

describe('the simulation of the dispatcher notices that', () => {
  test.each(PLANTED_BUGS)('$name', (bug) => expectNoticed(bug, simulateDispatch, SEEDS))
})
