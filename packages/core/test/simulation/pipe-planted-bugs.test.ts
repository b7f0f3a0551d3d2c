import { describe, test } from 'vitest'
import { Connection } from '../../src/connection.ts'
import { Hub } from '../../src/hub.ts'
import { Inbox } from '../../src/inbox.ts'
import { LEAVE } from '../../src/primitives/pipe.ts'
import { QueuePrimitive } from '../../src/primitives/queue.ts'
import { Runs } from '../../src/primitives/runs.ts'
import { QueueChannel } from '../../src/queue-channel.ts'
import { expectNoticed } from './hunt.ts'
import { simulatePipes } from './pipe-simulation.ts'
import { type PlantedBug, patch } from './planted-bugs.ts'

/** So many seeds must be enough for each. */
const SEEDS = 400

const nothing = (): void => {}

/** Mistakes of the kind that whoever changes pipes may make; the simulation has to notice each. */
const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'a message does not keep alive the end that it carries',
    plant: () =>
      patch(QueuePrimitive.prototype, 'put', (put) => {
        return function (this: QueuePrimitive, port, run) {
          put.call(this, port, { ...run, refs: undefined })
        }
      }),
  },
  {
    name: 'an end outlives its last holder',
    plant: () => patch(Hub.prototype, 'forgo', () => nothing),
  },
  {
    name: 'closing lets go of nothing',
    plant: () => patch(Connection.prototype, 'close', () => async () => {}),
  },
  {
    name: 'what comes back from a handle that was handed over goes to the end of the line',
    plant: () =>
      patch(Runs.prototype, 'restore', () => {
        return function (this: Runs, run) {
          this.push(run)
        }
      }),
  },
  {
    name: 'what a handle gave back is received there all the same',
    plant: () => patch(Inbox.prototype, 'dropLast', () => nothing),
  },
  {
    name: 'a handle is let go while messages wait for room on it',
    plant: () =>
      patch(QueueChannel.prototype, 'whenIdle', () => {
        return (idle) => idle()
      }),
  },
  {
    name: 'two who have closed, and wait for room, wait for each other',
    plant: () =>
      patch(QueueChannel.prototype, 'call', (call) => {
        return function (this: QueueChannel, operation, ...args) {
          return operation === LEAVE ? Promise.resolve() : call.call(this, operation, ...args)
        }
      }),
  },
]

describe('the simulation of pipes notices that', () => {
  test.each(PLANTED_BUGS)('$name', (bug) => expectNoticed(bug, simulatePipes, SEEDS))
})
