import { concat, defer, EMPTY, merge, mergeMap, Observable, from as rxFrom, type Subscriber, throwError } from 'rxjs'
import { type AbortSignal, offAbort, onAbort } from '../abort-signal.ts'
import { BrokenPipeError, type FullError } from '../errors.ts'
import type { Outbox } from '../outbox.ts'
import { CHANNEL } from '../queue-channel.ts'
import { StageProcess, type StageStart } from '../stage-process.ts'
import { fromConnection } from './from-connection.ts'
import { Intake } from './intake.ts'
import { type Overflow, overflowError } from './overflow.ts'
import { offerTo } from './sent.ts'

/** A stage that consists of processes with a state, each of which gets the items that are meant for it. */
export interface PartitionedStage<T> extends StageStart {
  readonly name: string
  readonly processes: number
  readonly overflow: Overflow
  readonly signal: AbortSignal | undefined
  /** To which process an item goes. */
  partitionOf(item: T): number
  /** What is sent for it. */
  payloadOf(item: T): unknown
}

declare const AbortController: new () => { readonly signal: AbortSignal; abort(): void }

export function partitionedStage<T, R>(stage: PartitionedStage<T>) {
  return (source: Observable<T>): Observable<R> => new Observable<R>((subscriber) => run(stage, source, subscriber))
}

function run<T, R>(stage: PartitionedStage<T>, source: Observable<T>, subscriber: Subscriber<R>): void {
  const { signal, processes } = stage
  const aborted = (): void => subscriber.error(signal?.reason)
  if (signal?.aborted) return aborted()
  const partitions = Array.from({ length: processes }, () => new StageProcess(stage))
  const posting = new Posting(stage, partitions, (error) => subscriber.error(error))
  if (signal !== undefined) onAbort(signal, aborted)
  subscriber.add(() => {
    if (signal !== undefined) offAbort(signal, aborted)
    posting.close()
    for (const partition of partitions) partition.stop()
  })
  // Subscribed to now, when the stage below can be found.
  merge(...partitions.map(resultsOf)).subscribe(subscriber as Subscriber<unknown>)
  posting.open(source)
}

/** When the results of a process have ended, it says whether all went well. */
function resultsOf(partition: StageProcess): Observable<unknown> {
  const ending = defer(() => rxFrom(partition.outcome())).pipe(
    mergeMap((outcome) => ('error' in outcome ? throwError(() => outcome.error) : EMPTY)),
  )
  return concat(fromConnection(partition.results), ending)
}

/** Sends each item to its process, and asks for as many as the fullest of the pipes has room for. */
class Posting<T> {
  readonly #stage: PartitionedStage<T>
  readonly #partitions: readonly StageProcess[]
  readonly #fail: (error: unknown) => void
  readonly #intake: Intake<T>
  readonly #controller = new AbortController()
  /** Those of whose pipe it has still to be told that there is room. */
  readonly #awaited = new Set<StageProcess>()
  /** Nothing more is sent: nobody waits for room. */
  #complete = false

  constructor(stage: PartitionedStage<T>, partitions: readonly StageProcess[], fail: (error: unknown) => void) {
    this.#stage = stage
    this.#partitions = partitions
    this.#fail = (error) => {
      // Its process has ended, and how is about to be known.
      if (!(error instanceof BrokenPipeError)) fail(error)
    }
    this.#intake = new Intake<T>(stage.name, stage.maxsize * stage.processes, stage.overflow, {
      room: () => this.#room(),
      accept: (item) => this.#post(item),
      dropOldest: () => false,
      offer: (item) => this.#offer(item),
      complete: () => {
        this.#complete = true
        for (const partition of partitions) partition.end()
      },
      error: fail,
    })
  }

  open(source: Observable<T>): void {
    this.#intake.open(source)
  }

  close(): void {
    this.#controller.abort()
    this.#intake.close()
  }

  #post(item: T): void {
    this.#send(item, (outbox, payload) => outbox.post(payload, this.#fail))
  }

  async #offer(item: T): Promise<FullError | undefined> {
    const full = await this.#send(item, (outbox, payload) => offerTo(outbox, payload, this.#fail))
    if (full === undefined) return undefined
    const { name, maxsize, processes, expected } = this.#stage
    // Nothing comes of it.
    expected?.came()
    return overflowError(name, maxsize * processes, item)
  }

  #send<R>(item: T, send: (outbox: Outbox, payload: unknown) => R): R | undefined {
    try {
      const partition = this.#partitions[this.#stage.partitionOf(item)]!
      return send(outboxOf(partition), this.#stage.payloadOf(item))
    } catch (error) {
      this.#fail(error)
      return undefined
    }
  }

  #room(): number {
    let room = Number.POSITIVE_INFINITY
    for (const partition of this.#partitions) {
      const { slots } = outboxOf(partition)
      room = Math.min(room, slots.free ? slots.tokens : 0)
      if (!slots.free) this.#await(partition)
    }
    return room
  }

  #await(partition: StageProcess): void {
    if (this.#awaited.has(partition)) return
    this.#awaited.add(partition)
    const found = (): void => {
      this.#awaited.delete(partition)
      this.#intake.released()
    }
    const closed = (error: unknown): void => (this.#complete ? undefined : this.#fail(error))
    outboxOf(partition).slots.peek({ serve: found, expire: found, fail: closed }, { signal: this.#controller.signal })
  }
}

function outboxOf({ items }: StageProcess) {
  return items[CHANNEL].outbox
}
