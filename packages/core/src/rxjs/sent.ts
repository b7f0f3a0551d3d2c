import { Observable, type OperatorFunction } from 'rxjs'
import type { AbortSignal } from '../abort-signal.ts'
import { FullError } from '../errors.ts'
import { checkOptions } from '../options.ts'
import type { Outbox } from '../outbox.ts'
import type { QueueChannel } from '../queue-channel.ts'
import { Intake } from './intake.ts'
import { checkedOverflow, type Overflow } from './overflow.ts'

/** How items are put into a queue, or sent by a connection. */
export interface SentOptions {
  /** What becomes of an item that comes while there is no room; `'buffer'` unless given. */
  readonly overflow?: Overflow | undefined
}

/** So many items are asked of the source at most, where there is no bound. */
const AT_MOST = 1_024

/** Puts each item into a channel, whose free places are the demand; emits how many there were once all have found theirs. */
export function sent<T>(
  name: string,
  channelOf: () => QueueChannel,
  options: SentOptions = {},
): OperatorFunction<T, number> {
  checkOptions(name, options, ['overflow'])
  const policy = checkedOverflow(options.overflow)
  return (source) =>
    new Observable<number>((subscriber) => {
      const { outbox } = channelOf()
      const { slots } = outbox
      const controller = new AbortController()
      let count = 0
      let looking = false
      let complete = false
      const fail = (error: unknown): void => subscriber.error(error)
      const found = (): void => {
        looking = false
        if (!subscriber.closed) intake.released()
      }
      const look = (): void => {
        if (looking) return
        looking = true
        // Who has put everything waits for no room.
        const closed = (error: unknown): void => (complete ? undefined : fail(error))
        slots.peek({ serve: found, expire: found, fail: closed }, { signal: controller.signal })
      }
      const intake = new Intake<T>(name, AT_MOST, policy, {
        room: () => {
          if (slots.free) return slots.tokens
          look()
          return 0
        },
        accept: (item) => {
          count++
          outbox.post(item, fail)
        },
        dropOldest: () => false,
        offer: async (item) => {
          const full = await offerTo(outbox, item, fail)
          if (full === undefined) count++
          return full
        },
        complete: () => {
          complete = true
          outbox.flushed().then(() => {
            subscriber.next(count)
            subscriber.complete()
          }, fail)
        },
        error: fail,
      })
      subscriber.add(() => {
        controller.abort()
        intake.close()
      })
      intake.open(source)
    })
}

/** Puts an item if whoever keeps the places has one; resolves with what says that there is none. */
export async function offerTo(
  outbox: Outbox,
  item: unknown,
  fail: (error: unknown) => void,
): Promise<FullError | undefined> {
  try {
    await outbox.put(item, { timeout: 0 })
  } catch (error) {
    if (error instanceof FullError) return error
    fail(error)
  }
  return undefined
}

declare const AbortController: new () => { readonly signal: AbortSignal; abort(): void }
