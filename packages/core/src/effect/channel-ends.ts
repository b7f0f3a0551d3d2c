import type { NonEmptyArray } from 'effect/Array'
import * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import type { Pull } from 'effect/Pull'
import type { Inbox } from '../inbox.ts'
import { PLACED, type PutOptions } from '../outbox.ts'
import { whole } from '../pool/pool-options.ts'
import { Interruption } from './interruption.ts'
import { operation, refused } from './operation.ts'

/**
 * Items in and out of a channel, for Effects.
 *
 * An item at hand is taken, and one for which there is a slot is put, at once: no promise, no signal. Who has to wait is
 * resumed by the item itself; nothing can be interrupted between that and the fiber, so no item is lost.
 */

/** Puts an item, or sends a message. */
export type Placing = (item: unknown, options: PutOptions) => Promise<void>

/** What becomes of the oldest item, whose token was spent. */
type Taking = () => unknown

/** @internal Takes the oldest item. */
export function take<A, E>(
  inbox: Inbox,
  timeout: number | undefined,
  taking: Taking = inbox.take,
): Effect.Effect<A, E> {
  return Effect.suspend(() => {
    if (inbox.late !== undefined) return takeError(inbox, inbox.late.error)
    return inbox.seize() ? taken<A, E>(taking) : takeLater<A, E>(inbox, timeout, taking)
  })
}

function takeError<E>(inbox: Inbox, error: unknown): Effect.Effect<never, E> {
  inbox.late = undefined
  return refused(error)
}

function takeLater<A, E>(inbox: Inbox, timeout: number | undefined, taking: Taking): Effect.Effect<A, E> {
  return Effect.callback<A, E>((resume) => {
    const interruption = new Interruption()
    inbox.getLater(
      () => resume(taken<A, E>(taking)),
      (reason) => resume(refused(reason)),
      { timeout, signal: interruption },
    )
    return interruption.now
  })
}

/** The item whose token was spent; one whose buffers wait elsewhere has yet to come. */
function taken<A, E>(taking: Taking): Effect.Effect<A, E> {
  try {
    const item = taking() as A | Promise<A>
    return item instanceof Promise ? operation(() => item) : Effect.succeed(item)
  } catch (error) {
    return refused(error)
  }
}

/** @internal Takes what is at hand, at most so many, and waits for the first of them. */
export function takeSome<A, E>(inbox: Inbox, most: number): Effect.Effect<NonEmptyArray<A>, E> {
  const first = Effect.map(take<A, E>(inbox, undefined), (item): NonEmptyArray<A> => [item])
  return most === 1 ? first : Effect.flatMap(first, (items) => takeMore<A, E>(inbox, most, items))
}

/** What fails on the way is not at hand: the items before it come first. */
function takeMore<A, E>(inbox: Inbox, most: number, items: NonEmptyArray<A>): Effect.Effect<NonEmptyArray<A>, E> {
  const keep = (error: unknown): void => {
    inbox.late = { error }
  }
  try {
    while (items.length < most && inbox.seize()) {
      const item = inbox.take() as A | Promise<A>
      if (item instanceof Promise)
        return operation(() => item.then((late) => void items.push(late), keep).then(() => items))
      items.push(item)
    }
  } catch (error) {
    keep(error)
  }
  return Effect.succeed(items)
}

/**
 * @internal Items by chunks until there will be no more, which `isEnd` knows by the error.
 *
 * @throws ValueError if a chunk may not even have one item
 */
export function pullFrom<A, E, End extends E>(
  inbox: Inbox,
  most: number,
  isEnd: (error: E) => error is End,
): Pull<NonEmptyArray<A>, Exclude<E, End>> {
  const chunk = takeSome<A, E>(inbox, whole('chunkSize', most, 1))
  return Effect.catchIf(chunk, isEnd, () => Cause.done()) as Pull<NonEmptyArray<A>, Exclude<E, End>>
}

/** @internal Puts one item, waiting for a slot. */
export function put<E>(place: Placing, item: unknown, options: PutOptions | undefined): Effect.Effect<void, E> {
  return Effect.suspend(() => {
    const interruption = new Interruption()
    const placed = place(item, { ...options, signal: interruption })
    return placed === PLACED ? Effect.void : settled<E>(placed, interruption)
  })
}

/**
 * @internal Puts many, in order, waiting for a slot whenever there is none. An iterator of which no more is wanted is told so: a
 * generator runs its `finally`.
 */
export function putAll<E>(place: Placing, items: Iterable<unknown>): Effect.Effect<void, E> {
  return Effect.suspend(() => {
    const left = items[Symbol.iterator]()
    const all = putLeft<E>(place, left)
    return left.return === undefined ? all : Effect.onError(all, () => Effect.sync(() => void left.return?.()))
  })
}

function putLeft<E>(place: Placing, left: Iterator<unknown>): Effect.Effect<void, E> {
  return Effect.suspend(() => {
    const interruption = new Interruption()
    const options: PutOptions = { signal: interruption }
    const go = (): Effect.Effect<void, E> => {
      for (let next = left.next(); !next.done; next = left.next()) {
        const placed = place(next.value, options)
        if (placed !== PLACED) return Effect.flatMap(settled<E>(placed, interruption), go)
      }
      return Effect.void
    }
    return go()
  })
}

function settled<E>(placed: Promise<void>, interruption: Interruption): Effect.Effect<void, E> {
  return Effect.callback<void, E>((resume) => {
    placed.then(
      () => resume(Effect.void),
      (error) => resume(refused(error)),
    )
    return interruption.now
  })
}
