import type { Arrival } from './base-queue.ts'
import { ValueError } from './errors.ts'
import { defineHandle } from './handle.ts'
import { givenInWords } from './in-words.ts'
import { DONE, PermitHandle } from './permit-handle.ts'
import { VALUE } from './primitives/semaphore.ts'

/** Python's `SEM_VALUE_MAX`. */
const LARGEST = 0x7fff_ffff

/**
 * So many permits that processes share: Python's `multiprocessing.Semaphore`.
 *
 * Permits belong to the process that acquired them. When it ends, in whatever way, those that it has not released come
 * back, and whoever acquires next is told: see `Guard.abandoned`. Any process may release a permit; one that holds none
 * releases another's, or, if nobody holds any, adds one.
 *
 * @example
 * const seats = new Semaphore(3)
 * await seats.withPermit(async () => console.log(await seats.getValue())) // 2
 */
export class Semaphore extends PermitHandle<number> {
  /** @internal */
  protected readonly stateAt = asItIs

  constructor(value?: number)
  /** @internal */
  constructor(value: number, arrival: Arrival | undefined, kind?: string)
  constructor(value = 1, arrival?: Arrival, kind = 'semaphore') {
    super(kind, { value: checked(value) }, arrival)
  }

  release(): Promise<void> {
    return this.channel.giveBack() ? DONE : this.channel.releaseElsewhere(false)
  }

  /** How many permits could be acquired now: Python's `get_value`. */
  async getValue(): Promise<number> {
    return (await this.channel.call(VALUE)) as number
  }
}

/**
 * A semaphore that never has more permits than at first: Python's `multiprocessing.BoundedSemaphore`.
 *
 * A `release` by a process that holds none releases another's, once that one gets to its event loop.
 *
 * @example
 * const seats = new BoundedSemaphore(2)
 * await seats.acquire()
 * await seats.release()
 */
export class BoundedSemaphore extends Semaphore {
  constructor(value?: number)
  /** @internal */
  constructor(value: number, arrival: Arrival | undefined)
  constructor(value = 1, arrival?: Arrival) {
    super(value, arrival, 'bounded-semaphore')
  }

  /** @throws ValueError if nobody holds a permit; the value stays as it is */
  override release(): Promise<void> {
    return this.channel.giveBack() ? DONE : this.channel.releaseElsewhere(true)
  }
}

/** @throws TypeError at what is no integer, ValueError at less than 0 or more than 2,147,483,647 */
function checked(value: number): number {
  if (!Number.isInteger(value))
    throw new TypeError(`a semaphore's value must be an integer, not ${givenInWords(value)}`)
  if (value < 0 || value > LARGEST)
    throw new ValueError(`a semaphore's value must be from 0 to ${LARGEST}, not ${value}`)
  return value
}

const asItIs = (value: number) => value

interface Options {
  readonly value: number
}

defineHandle('semaphore', (context, id, options) => new Semaphore((options as Options).value, { context, id }))
defineHandle(
  'bounded-semaphore',
  (context, id, options) => new BoundedSemaphore((options as Options).value, { context, id }),
)
