import { Observable, type Subscriber } from 'rxjs'
import { offAbort, onAbort } from '../abort-signal.ts'
import { Crew } from '../pool/crew.ts'
import { ImapJob } from '../pool/imap-job.ts'
import { checkedPoolOptions } from '../pool/pool-options.ts'
import { PushedInputs } from '../pool/pushed-inputs.ts'
import { How } from '../pool/words.ts'
import { CREW } from '../pool.ts'
import { Intake } from './intake.ts'
import type { CheckedStageOptions } from './stage-options.ts'
import { Supply } from './supply.ts'

/** What is made of the results. */
export interface Outcome<T, R> {
  /** A call has one result; or any number of them, as they come. */
  readonly whole: boolean
  /** What the stage emits for a result, if anything. */
  emit(supply: Supply<R>, result: unknown, item: T): void
}

/**
 * A stage whose task runs in the workers of a pool.
 *
 *     source --Intake--> inputs --ImapJob--> workers --> results --Supply--> the stage below
 *            `------ never more than maxsize, results that wait included ------'
 *
 * A result waits here until the stage below is ready for it, and keeps the room of its item until then.
 */
export function processStage<T, R>(options: CheckedStageOptions, outcome: Outcome<T, R>) {
  return (source: Observable<T>): Observable<R> =>
    new Observable<R>((subscriber) => {
      const refusal = options.pool?.[CREW].refusal
      if (refusal !== undefined) return subscriber.error(refusal)
      const stage = new ProcessStage(subscriber, options, outcome)
      subscriber.add(() => stage.close())
      stage.open(source)
    })
}

class ProcessStage<T, R> {
  readonly #subscriber: Subscriber<R>
  readonly #options: CheckedStageOptions
  readonly #outcome: Outcome<T, R>
  readonly #supply: Supply<R>
  readonly #intake: Intake<T>
  readonly #inputs: PushedInputs
  readonly #crew: Crew
  readonly #job: ImapJob
  readonly #aborted = () => this.#fail(this.#options.signal?.reason)
  #emitting = false

  constructor(subscriber: Subscriber<R>, options: CheckedStageOptions, outcome: Outcome<T, R>) {
    this.#subscriber = subscriber
    this.#options = options
    this.#outcome = outcome
    this.#supply = new Supply(subscriber, () => this.#emit(), Number.POSITIVE_INFINITY)
    this.#inputs = new PushedInputs(options.maxsize)
    this.#intake = new Intake(options.name, options.maxsize, options.overflow, this.#reception())
    this.#crew = options.pool?.[CREW] ?? crewOf(options)
    this.#job = this.#begin()
    this.#inputs.onRoom = () => this.#intake.released()
  }

  open(source: Observable<T>): void {
    const { signal } = this.#options
    if (signal?.aborted) return this.#aborted()
    if (signal !== undefined) onAbort(signal, this.#aborted)
    this.#intake.open(source)
  }

  /** Nobody wants anything more, or there is nothing more. */
  close(): void {
    const { signal, pool } = this.#options
    if (signal !== undefined) offAbort(signal, this.#aborted)
    this.#intake.close()
    const done = this.#job.ended
    this.#job.stop(new Error(`nobody takes the results of ${this.#options.name} any more`))
    if (pool !== undefined) return
    if (done) this.#crew.close()
    else this.#crew.terminate()
  }

  #reception() {
    const inputs = this.#inputs
    return {
      room: () => inputs.room,
      accept: (item: T) => inputs.push(item),
      dropOldest: () => inputs.dropOldest(),
      complete: () => inputs.end(),
      error: (error: unknown) => this.#fail(error),
    }
  }

  #begin(): ImapJob {
    const { task, ordered, chunksize, maxsize, retries, backoff, timeout, onError } = this.#options
    const { whole } = this.#outcome
    const request = {
      task,
      how: How.EACH,
      ordered,
      inputs: this.#inputs,
      options: { chunksize, buffersize: maxsize, retries, backoff, attemptTimeout: timeout },
      whole,
      alone: !whole && (retries > 0 || typeof onError === 'function'),
    }
    return new ImapJob(this.#crew, request, () => this.#emit())
  }

  /** Emits what is there and wanted. */
  #emit(): void {
    if (this.#emitting) return
    this.#emitting = true
    try {
      while (this.#supply.ready && this.#emitNext()) {}
    } finally {
      this.#emitting = false
    }
  }

  /** False: nothing is there. */
  #emitNext(): boolean {
    const job = this.#job
    const broken = job.aborted
    const emission = job.take()
    if (emission === undefined) {
      if (job.ended) this.#supply.complete()
      return false
    }
    if (broken) this.#fail(emission[0])
    else if (emission.length === 2) this.#failed(emission[0])
    else this.#outcome.emit(this.#supply, emission[0], job.input as T)
    return true
  }

  #failed(error: unknown): void {
    const { onError } = this.#options
    if (onError === 'throw') return this.#fail(error)
    if (onError === 'skip') return
    try {
      onError(this.#job.input as never, error)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #fail(error: unknown): void {
    if (!this.#subscriber.closed) this.#supply.error(error)
  }
}

/** Workers of the stage's own. */
function crewOf({ processes, kind, concurrency }: CheckedStageOptions): Crew {
  return new Crew(checkedPoolOptions({ processes, kind, concurrency }))
}
