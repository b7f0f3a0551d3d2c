import type { Fetch } from './transport.ts'

/**
 * The wire protocol, version 1.
 *
 * A link carries a stream of frames each way. All integers are unsigned 32-bit little-endian unless said.
 *
 *     0        1        2        3        4               8
 *     | magic  | version| type   | 0      | body length   | body ...
 *
 * | frame      | direction   | body                                         | meaning |
 * |------------|-------------|----------------------------------------------|---------|
 * | START      | once, down  | payload                                      | what to run; MUST be the first frame, if there is one |
 * | OPEN       | peer → hub  | channel, payload [id, kind, options or null] | binds a channel to a primitive; options create it; a fourth element is what the peer is called |
 * | RELEASE    | peer → hub  | channel                                      | lets the channel go: as the peer's death, for it alone |
 * | ASK        | peer → hub  | channel, lane, id, cost, nowait, window      | waiter `id` wants a token |
 * | CANCEL     | peer → hub  | channel, lane, id                            | that waiter wants nothing any more |
 * | PUT        | peer → hub  | channel, count, 0, items                     | spends `count` slots |
 * | PUT_REFS   | peer → hub  | channel, n, n × (length, id), item           | as PUT, one item that holds the handles `id` |
 * | PUT_BLOCK  | peer → hub  | channel, offset, size, item                  | as PUT, one item that refers to a block of the peer's range |
 * | PUT_MOVED  | peer → hub  | channel, n, 0, item                          | as PUT, one item of which `n` buffers are attached to the batch |
 * | SPENT      | peer → hub  | channel, lane, count, window, idle           | `count` tokens of the lane were spent |
 * | ACK        | peer → hub  | channel, number                              | the item that was spent as that number (from 1; 0: the oldest) is done |
 * | RETURN     | peer → hub  | channel, lane, count, cost, window           | gives back `count`, the newest items or the oldest slots; without a cost it MUST answer a RECALL |
 * | CALL       | peer → hub  | channel, call, payload [operation, ...args]  | asks; MUST be answered by one REPLY |
 * | GRANT      | hub → peer  | channel, lane, count, id, cost               | delegates tokens; if `id` is not 0, to that waiter alone; the cost: what each is good for |
 * | ITEMS      | hub → peer  | channel, count, deliveries, items            | delegates items, handed out for the so-manieth time |
 * | ITEMS_HERE | hub → peer  | channel, count, deliveries, items            | as ITEMS, of items that were moved, inside the hub's own context: the way to the buffers of each is attached |
 * | DENY       | hub → peer  | channel, lane, id                            | a nowait waiter gets nothing |
 * | RECALL     | hub → peer  | channel, lane                                | give back what is unspent |
 * | REPLY      | hub → peer  | call, failed, payload                        | the answer, or its error |
 * | NOTICE     | hub → peer  | channel, payload                             | news of the primitive, such as its shutdown |
 * | RANGE      | hub → peer  | range                                        | the part of the arena that is the peer's to write to |
 * | FREE       | hub → peer  | offset                                       | nobody refers to that block any more |
 * | PUT_BACK   | peer → hub  | channel, count, 0, items                     | items that went direct and were not received (see `direct-way.ts`) |
 * | FENCE      | direct      |                                              | what follows MUST NOT be looked at before the FENCED that belongs to it |
 * | FENCED     | direct      |                                              | the hub has seen all that was done before the oldest FENCE |
 * | SEEN       | direct      | bytes                                        | so many, modulo 2³², have been read since the beginning |
 * | STOP       | direct      |                                              | nothing follows; MUST be answered by a STOP |
 * | BYE        | peer → hub  |                                              | the peer ends by itself and has not failed: the end of its link is no death |
 * | TUNNEL     | both        | tunnel, bytes                                | the link of a peer's own child, carried along |
 * | TUNNEL_OPEN| peer → hub  | tunnel                                       | the peer started a child |
 * | TUNNEL_END | both        | tunnel                                       | that child, or its connection, is gone |
 *
 * A RETURN gives back of what had come before the RECALL that it answers. If it gives back anything, the peer's ASKs
 * before it want nothing any more, but those that are nowait or have a cost. The same holds for a SPENT whose `idle` is not
 * 0: nobody waits there for more than has come.
 *
 * Of a semaphore the tokens, in lane 0, are permits, which cost nothing and are not lent ahead of need: every window is 0.
 * SPENT says that so many are in use from now on; it MUST have left before their user goes on. ACK says that so many of
 * those are idle again, and a RETURN in lane 1 gives so many of them back, unasked; both MUST follow until the turn of their
 * release ends. A NOTICE ["abandoned", ...names] ahead of a GRANT tells who died with permits in use; the window of a
 * SPENT says how many of these deaths, the oldest first, users were told of, that of a RETURN how many they will not be.
 * A NOTICE ["forfeit"] asks to release a permit for another peer; a CALL `forfeited` MUST answer whether one was in use.
 * A RECALL is sent once although all are in use: so many MUST be given back, not kept idle, once they are released.
 *
 * A CALL names an operation: `size` of a queue; `taskDone` and `join` of a JoinableQueue; `fetch`, the buffers of the oldest
 * item that the peer was lent, which come attached to the REPLY or in it; of an end of a pipe `handOver`, by which a peer receives no
 * more before it hands the end on, and `leave`, by which it gives up an end though what waits for room is still to come; of a
 * semaphore `value`, `seen`, `forfeited`, `release` by one who has no permit in use, and `watch`, which is answered when the
 * value is another than the peer knows, or when it is cancelled in lane 2. Those of shared memory are in
 * `primitives/shared-memory.ts`; whoever makes it gives it by a PUT_BLOCK with an offset beyond its range, or by a PUT_MOVED.
 *
 * An item is its length followed by that many bytes of payload (see `codec.ts`), which the hub never decodes.
 * A receiver MUST refuse a wrong magic, version, type or length by closing the link, and MUST check a length before it
 * allocates. A peer MUST NOT spend a token that it was not given.
 *
 *     producer                     hub                      consumer
 *        | OPEN, ASK(slots) ------> |                           |
 *        | <------ GRANT(slots, n)  | <------- OPEN, ASK(items) |
 *        | PUT(item, item) -------> |                           |
 *        |                          | ITEMS(item, item) ------> |
 *        |                          | <------- SPENT(items, 2)  |
 *        | <------ GRANT(slots, 2)  |                           |
 */
export const Frame = {
  START: 1,
  ACK: 2,
  OPEN: 3,
  RELEASE: 4,
  ASK: 5,
  CANCEL: 6,
  PUT: 7,
  PUT_REFS: 8,
  SPENT: 9,
  RETURN: 10,
  CALL: 11,
  GRANT: 12,
  ITEMS: 13,
  DENY: 14,
  RECALL: 15,
  REPLY: 16,
  NOTICE: 17,
  TUNNEL: 18,
  TUNNEL_OPEN: 19,
  TUNNEL_END: 20,
  PUT_BLOCK: 21,
  RANGE: 22,
  FREE: 23,
  PUT_MOVED: 24,
  PUT_BACK: 25,
  FENCE: 26,
  FENCED: 27,
  SEEN: 28,
  STOP: 29,
  ITEMS_HERE: 30,
  BYE: 31,
} as const

/** The highest type of frame that there is. */
export const LAST_TYPE = Frame.BYE
/** How a frame begins. */
export const MAGIC = 0x4d
export const VERSION = 1
/** The bytes of a frame's head. */
export const HEADER = 8
/** The bytes of an integer. */
export const LENGTH = 4

/** The longest frame that is accepted, in bytes, unless configured otherwise. */
export const DEFAULT_MAX_FRAME = 16 * 1024 * 1024

/** What a frame needs besides an item: no item may be longer than the frame limit less this. */
export const FRAME_OVERHEAD = 64

/** Where the items of a PUT or ITEMS frame begin in its body. */
export const ITEMS_AT = 12

/** How much of the arena (see `arena.ts`) each context may write to, in bytes. */
export const RANGE_SIZE = 64 * 1024 * 1024

/**
 * Shared memory lies behind all ranges: each context has this many bytes there. A block's offset says which it is: in the
 * range if it is less than `RANGE_SIZE`, else in the memory.
 */
export const MEMORY_SPAN = 2 ** 32

/** A batch of this many bytes leaves at once, so that its reader can begin while the next is written. */
export const FULL_BATCH = 64 * 1024

/** Items that lie one after the other, each its length and its payload, in `bytes` from `start` to `end`. */
export interface ItemRun {
  bytes: Uint8Array
  start: number
  end: number
  count: number
  /** How often these items were handed out, this time included; 0 before the first. */
  deliveries: number
  /** How the buffers of each are had, if these items were moved and the hub is in this context; the first one's first. */
  readonly fetches?: Fetch[] | undefined
}
