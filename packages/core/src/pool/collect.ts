import type { AbortSignal } from '../abort-signal.ts'
import { HANDLE } from '../handle.ts'
import { type InteropObservable, OBSERVABLE } from '../observable.ts'
import { effectRunner, isEffect, isEffectStream } from './effects.ts'
import { isThenable } from './tell.ts'

/** What a task may return to give many values: they are wanted one after the other. */
export type Stream = AsyncIterable<unknown> | Iterable<unknown> | InteropObservable<unknown>

/** Whether what a task returned is not its value yet. */
export function isDeferred(returned: unknown): returned is object {
  if (typeof returned !== 'object' || returned === null || isBare(returned)) return false
  return isThenable(returned) || isStream(returned) || isEffect(returned) || isEffectStream(returned)
}

/** Whether it is what most results are, a plain object or a list, and has nothing that others are known by. */
function isBare(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== Array.prototype) return false
  if ('then' in value || Symbol.asyncIterator in value || OBSERVABLE in value) return false
  return !isEffect(value) && !isEffectStream(value)
}

/**
 * What it comes to: a value, or a stream of them.
 * @param told what the caller has sent along for whoever runs an Effect
 */
export async function settled(returned: unknown, signal: () => AbortSignal, told?: unknown): Promise<unknown> {
  let value = returned
  // An Effect may give a promise, and that another Effect.
  while (typeof value === 'object' && value !== null) {
    if (isThenable(value)) value = await value
    else if (isEffect(value)) value = await (await effectRunner(told)).run(value, signal(), told)
    else if (isEffectStream(value)) return (await effectRunner(told)).iterate(value, signal(), told)
    else break
  }
  return value
}

/** A handle that can be iterated is a value all the same, and so is a list. */
export function isStream(value: object): value is Stream {
  if (HANDLE in value) return false
  return Symbol.asyncIterator in value || isObservable(value) || isGenerator(value)
}

function isObservable(value: object): value is InteropObservable<unknown> {
  return typeof (value as { [OBSERVABLE]?: unknown })[OBSERVABLE] === 'function'
}

function isGenerator(value: object): value is Generator {
  return Object.prototype.toString.call(value) === '[object Generator]'
}

/**
 * The values of a stream, one at a time; it ends when the signal is aborted.
 *
 * An Observable cannot be made to wait: what it emits before it is asked for waits here.
 */
export function valuesOf(stream: Stream, signal: AbortSignal): AsyncIterator<unknown> | Iterator<unknown> {
  if (Symbol.asyncIterator in stream) return stream[Symbol.asyncIterator]()
  return isObservable(stream) ? pulled(stream, signal) : (stream as Iterable<unknown>)[Symbol.iterator]()
}

type Event = { readonly value: unknown } | { readonly error: unknown } | 'complete'

function pulled(observable: InteropObservable<unknown>, signal: AbortSignal): AsyncIterator<unknown> {
  const events: Event[] = []
  let wake = () => {}
  const add = (event: Event) => {
    events.push(event)
    wake()
  }
  const subscription = observable[OBSERVABLE]().subscribe({
    next: (value) => add({ value }),
    error: (error) => add({ error }),
    complete: () => add('complete'),
  })
  const done = { done: true, value: undefined } as const
  const stop = () => {
    subscription.unsubscribe()
    add('complete')
  }
  signal.addEventListener('abort', stop, { once: true })
  return {
    async next() {
      while (events.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      const event = events.shift()!
      if (event === 'complete') {
        // Whoever asks again is told again.
        events.push(event)
        return done
      }
      if ('error' in event) throw event.error
      return { done: false, value: event.value }
    },
    async return() {
      signal.removeEventListener('abort', stop)
      stop()
      return done
    },
  }
}

/** All values that a task gives, where one result is wanted: a list, if it gives a stream. */
export async function collected(returned: unknown, signal: () => AbortSignal, told?: unknown): Promise<unknown> {
  const value = await settled(returned, signal, told)
  if (typeof value !== 'object' || value === null || !isStream(value)) return value
  const stop = signal()
  const list: unknown[] = []
  for await (const each of iterable(valuesOf(value, stop))) {
    if (stop.aborted) throw stop.reason
    list.push(each)
  }
  return list
}

/** So that a loop can be left in good order. */
export function iterable(values: AsyncIterator<unknown> | Iterator<unknown>): AsyncIterable<unknown> {
  return { [Symbol.asyncIterator]: () => values as AsyncIterator<unknown> }
}
