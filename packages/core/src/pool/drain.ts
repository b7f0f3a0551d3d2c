import type { Inbox, Payload } from '../inbox.ts'
import type { Turn } from '../turn.ts'

const NOTHING = Symbol('nothing')

/**
 * Hands over what comes, as it comes, without a promise or a waiter for each; resolves when there will be no more, and
 * everything has been handed over. Nobody else may take from that inbox.
 */
export function drain(
  inbox: Inbox,
  turn: Turn,
  next: (item: unknown) => void,
  /** One could not be decoded, for that reason; it may be that it can be in another way, at once. */
  unreadable: (error: unknown, payload: Payload) => void,
): Promise<void> {
  const { items } = inbox
  return new Promise((resolve) => {
    let over = false
    let resting = false
    /** Items of which something is still to come. */
    let late = 0
    const arrived = (item: unknown) => {
      late--
      next(item)
      if (over) hand()
    }
    const taken = () => {
      try {
        return inbox.take()
      } catch (error) {
        unreadable(error, inbox.undecoded!)
        return NOTHING
      }
    }
    const hand = () => {
      while (items.ready()) {
        items.spend()
        const item = taken()
        if (item === NOTHING) continue
        if (item instanceof Promise) {
          late++
          item.then(arrived, () => arrived(undefined))
        } else next(item)
      }
      if (items.tokens > 0) rest()
      else if (over && late === 0) resolve()
    }
    /** The turn has lasted long enough. */
    const rest = () => {
      if (resting) return
      resting = true
      turn.next(() => {
        resting = false
        hand()
      })
    }
    inbox.onArrival = hand
    inbox.onEnd = () => {
      over = true
      hand()
    }
    // Asks for what there will be: no more is asked for afterwards, as long as as much is lent ahead of need.
    const ask = () => {
      if (items.waiting === 0) items.peek({ serve: hand, expire: () => {}, fail: () => {} }, undefined)
    }
    inbox.onRestart = ask
    ask()
  })
}
