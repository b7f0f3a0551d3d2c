import type { Context } from './context.ts'
import { ClosedError, type MillraceError } from './errors.ts'
import { HubWay, type Way } from './way.ts'

/** What both halves of a channel have to know of it. */
export class Standing {
  readonly context: Context
  /** What people and errors call it. */
  readonly name: string
  /** The bound on the bytes in it; 0: none. */
  readonly maxbytes: number
  /** What the frames of this channel call it at the hub. */
  number = 0
  /** Where what is put goes. */
  out: Way
  /** The way through the hub. */
  readonly hubWay: Way
  /** Closed in this process: no more operations begin. */
  closed = false
  /** Why no operation can ever succeed again. */
  lost: MillraceError | undefined

  constructor(context: Context, name: string, maxbytes: number) {
    this.context = context
    this.name = name
    this.maxbytes = maxbytes
    this.hubWay = new HubWay(this)
    this.out = this.hubWay
  }

  /** What operations are refused with, if they are. */
  refusal(): MillraceError | undefined {
    if (this.lost !== undefined) return this.lost
    return this.closed ? new ClosedError(`${this.name} is closed in this process`) : undefined
  }
}
