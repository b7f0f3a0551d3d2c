import * as Cause from 'effect/Cause'
import type * as Context from 'effect/Context'
import * as Exit from 'effect/Exit'
import type { Fiber } from 'effect/Fiber'
import * as Tracer from 'effect/Tracer'
import { ContractError, MillraceError, TaskError } from '../errors.ts'
import { isFromElsewhere } from '../pool/remote-errors.ts'
import { type ContractCodec, codecOf } from './contract-codec.ts'
import { replayMetrics } from './metrics.ts'
import { type Reason, Reply, type Report, type Told } from './reply.ts'
import { replaySpans } from './spans.ts'

/** What calls fail of that no task is to blame for. */
const BLAMELESS: ReadonlySet<string> = new Set([
  'WorkerDiedError',
  'ProcessDiedError',
  'OutOfMemoryError',
  'PoolClosedError',
  'PoolTerminatedError',
  'BrokenPoolError',
  'StartError',
  'TimeoutError',
  'CancelledError',
  'EncodeError',
  'DecodeError',
  'DisconnectedError',
  'ManagerDiedError',
  'ManagerClosedError',
  'ContractError',
])

/** What workers say of themselves; all else that comes from there was thrown by a task, whatever it is called. */
const FROM_WORKERS: ReadonlySet<string> = new Set(['EncodeError', 'DecodeError', 'StartError', 'ContractError'])

/** @internal Who calls tasks: the span and the metrics that what they report goes to. */
export class Caller {
  /** What goes along with each call. */
  readonly told: Told
  readonly #task: string
  readonly #codec: ContractCodec | undefined
  readonly #context: Context.Context<never>
  readonly #tracer: Tracer.Tracer
  readonly #span: Tracer.AnySpan | undefined

  constructor({ cache, context }: Fiber<unknown, unknown>, task: { readonly name: string }) {
    this.#task = task.name
    this.#codec = codecOf(task)
    const { span, tracer, tracerEnabled } = cache
    this.#context = context
    this.#tracer = tracer ?? Tracer.nativeTracer
    this.#span = tracerEnabled && span?.sampled ? span : undefined
    this.told = this.#span === undefined ? [] : [this.#span.traceId, this.#span.spanId]
  }

  /** Whether it is no value at all. */
  isEnd(value: unknown): boolean {
    return value instanceof Reply && value.ending.is === 'end'
  }

  /** What the task is called with, as its contract has it. */
  inputOf(args: readonly unknown[]): Exit.Exit<readonly unknown[], ContractError> {
    if (this.#codec === undefined) return Exit.succeed(args)
    return Exit.map(this.#codec.encodeInput(args[0]), (input) => [input])
  }

  get hasContract(): boolean {
    return this.#codec !== undefined
  }

  /**
   * The one thing that the task is called with, as its contract has it.
   * @throws ContractError if it is not what that says
   * @throws Reply if the contract itself has a defect
   */
  sent(item: unknown): unknown {
    const input = this.inputOf([item])
    if (Exit.isSuccess(input)) return input.value[0]
    const error = Cause.squash(input.cause)
    if (!Cause.hasDies(input.cause)) throw error
    throw new Reply({ is: 'cause', reasons: [{ is: 'defect', error }] }, undefined)
  }

  /** Hears what a value that stands for none reports. */
  heardEnd(value: unknown): void {
    this.#valueIn(value)
  }

  /** The value that was answered, all of them where a Stream was collected, as the contract of the task has it. */
  resultOf<A, E>(answered: unknown): Exit.Exit<A, E> {
    try {
      let value = answered
      if (Array.isArray(value) && this.isEnd(value.at(-1))) this.#valueIn(value.pop())
      else value = this.#valueIn(value)
      return (this.#codec === undefined ? Exit.succeed(value) : this.#codec.decodeOutput(value)) as Exit.Exit<A, E>
    } catch (error) {
      // Of the tracer or of a metric: nobody else would hear of it.
      return Exit.die(error)
    }
  }

  /** What an Effect failed of, or what else has come of the call. */
  failureOf<E>(error: unknown): Exit.Failure<never, E> {
    if (error instanceof Reply) return this.#ended(error) as Exit.Failure<never, E>
    return Exit.fail((isBlameless(error) ? error : new TaskError(this.#task, error)) as E) as Exit.Failure<never, E>
  }

  #valueIn(answered: unknown): unknown {
    if (!(answered instanceof Reply)) return answered
    this.#heard(answered.report)
    return answered.ending.is === 'success' ? answered.ending.value : undefined
  }

  /** The error of one attempt: what an Effect failed or died of. */
  errorIn(error: unknown): unknown {
    return error instanceof Reply ? Cause.squash(this.#causeIn(error)) : error
  }

  #ended(reply: Reply): Exit.Exit<never, unknown> {
    try {
      this.#heard(reply.report)
      return Exit.failCause(this.#causeIn(reply))
    } catch (error) {
      return Exit.die(error)
    }
  }

  #causeIn({ ending }: Reply): Cause.Cause<unknown> {
    const reasons = ending.is === 'cause' ? ending.reasons : []
    return Cause.fromReasons(reasons.map((reason) => this.#reasonFrom(reason)))
  }

  #reasonFrom(reason: Reason): Cause.Reason<unknown> {
    switch (reason.is) {
      case 'failure':
        return Cause.makeFailReason(this.#failed(tagged(reason.error, reason.tag)))
      case 'defect':
        return Cause.makeDieReason(reason.error)
      default:
        // Which fiber has interrupted it is known to none but the other process.
        return Cause.makeInterruptReason()
    }
  }

  #failed(error: unknown): unknown {
    return this.#codec === undefined || error instanceof ContractError ? error : this.#codec.decodeError(error)
  }

  #heard(report: Report | undefined): void {
    if (report === undefined) return
    if (this.#span !== undefined) replaySpans(report.spans, this.#tracer, this.#span)
    replayMetrics(report.metrics, this.#context)
  }
}

function isBlameless(error: unknown): boolean {
  if (!(error instanceof MillraceError)) return false
  return (isFromElsewhere(error) ? FROM_WORKERS : BLAMELESS).has(error._tag)
}

/** An error of a class that is not known here has its tag all the same. */
function tagged(error: unknown, tag: string | undefined): unknown {
  if (tag !== undefined && error instanceof Error && (error as { _tag?: unknown })._tag !== tag)
    Object.defineProperty(error, '_tag', { value: tag, enumerable: true, configurable: true, writable: true })
  return error
}
