import { Observable } from 'rxjs'
import type { AbortSignal } from '../abort-signal.ts'
import type { Ended, Refusal } from '../consumption.ts'
import type { Inbox } from '../inbox.ts'
import { runtime } from '../runtime.ts'
import { Supply } from './supply.ts'

/** Emits the items of an inbox, each of which is taken only when it is wanted. */
export function received<T>(inbox: Inbox, ended: Ended, refusal: Refusal = () => undefined): Observable<T> {
  return new Observable<T>((subscriber) => {
    const { turn } = runtime().context
    const controller = new AbortController()
    let state: 'idle' | 'taking' | 'looking' | 'fetching' = 'idle'
    let waiting = false
    const wait = (now: boolean): void => {
      if (waiting === now) return
      waiting = now
      inbox.onWait?.(now ? 1 : -1)
    }
    const fail = (error: unknown): void => {
      wait(false)
      if (ended(error)) supply.complete()
      else supply.error(error)
    }
    const give = (item: T): void => {
      if (!supply.closed) supply.next(item)
    }
    const go = (): void => {
      wait(false)
      state = 'idle'
      take()
    }
    /** An item that was moved here has still to be fetched, and those behind it wait. */
    const fetch = (coming: Promise<T>): void => {
      state = 'fetching'
      coming.then((item) => {
        give(item)
        go()
      }, fail)
    }
    const take = (): void => {
      if (state !== 'idle') return
      state = 'taking'
      try {
        while (state === 'taking' && supply.ready && inbox.items.ready()) {
          inbox.items.spend()
          const item = inbox.take() as T | Promise<T>
          if (item instanceof Promise) fetch(item)
          else give(item)
        }
      } catch (error) {
        fail(error)
      }
      if (state === 'taking') look()
    }
    /** Waits for an item, unless none is wanted, without taking it: who knows whether it will be wanted then. */
    const look = (): void => {
      state = 'idle'
      if (!supply.ready) return
      const refused = refusal() ?? inbox.refusal()
      if (refused !== undefined) return fail(refused)
      state = 'looking'
      // There is one, but this turn has lasted long enough.
      if (inbox.items.free) return turn.next(go)
      wait(true)
      inbox.items.peek({ serve: go, expire: go, fail }, { signal: controller.signal })
    }
    const supply = new Supply<T>(subscriber, take)
    take()
    return () => {
      wait(false)
      controller.abort()
    }
  })
}

declare const AbortController: new () => { readonly signal: AbortSignal; abort(): void }
