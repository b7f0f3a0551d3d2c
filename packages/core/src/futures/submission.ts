import { CancelledError } from '../errors.ts'
import { type Caller, type CallRequest, type CallUnit, call } from '../pool/call-unit.ts'
import type { Crew } from '../pool/crew.ts'
import { Future, type FutureSource } from './future.ts'

const NO_OPTIONS = {}

/** A call that was given to a crew, or some that go together, and the future that tells what becomes of it. */
export class Submission implements Caller, FutureSource {
  readonly future: Future
  readonly #crew: Crew
  readonly #request: CallRequest
  readonly #abort: (reason: unknown) => void
  /** None as long as its arguments have to be read. */
  #unit: CallUnit | undefined
  #withdrawn = false

  constructor(crew: Crew, request: CallRequest) {
    this.#crew = crew
    this.#request = request
    this.future = new Future(this)
    this.#abort = call(crew, request, NO_OPTIONS, this)
  }

  get what(): string {
    return `task ${this.#request.task.name}`
  }

  begun(): boolean {
    return this.#unit !== undefined && this.#crew.ledger.begun(this.#unit)
  }

  withdraw(): boolean {
    const reason = new CancelledError(`${this.what} was cancelled`)
    this.#withdrawn = true
    if (this.#unit === undefined) this.#abort(reason)
    else this.#withdrawn = this.#crew.ledger.withdraw(this.#unit, reason)
    return this.#withdrawn
  }

  given(unit: CallUnit): void {
    this.#unit = unit
  }

  // Whoever has the future may have set its outcome himself.
  resolve(value: unknown): void {
    if (!this.future.done()) this.future.setResult(value)
  }

  reject(error: unknown): void {
    if (!this.#withdrawn && !this.future.done()) this.future.setException(error)
  }
}
