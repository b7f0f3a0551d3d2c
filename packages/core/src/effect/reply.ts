import { SHOWN, VALUE_IN } from '../pool/effects.ts'
import { registerClass } from '../registry.ts'
import type { MetricRecord } from './metrics.ts'
import type { SpanRecord } from './spans.ts'

/** What a caller tells whoever runs the Effect of its task: the span that it is in, if that is recorded. */
export type Told = readonly [] | readonly [traceId: string, spanId: string]

/** Why an Effect did not succeed: one of the reasons of its Cause. */
export type Reason =
  /** The tag of an error whose class is not known elsewhere would be lost with that. */
  | { readonly is: 'failure'; readonly error: unknown; readonly tag: string | undefined }
  | { readonly is: 'defect'; readonly error: unknown }
  | { readonly is: 'interruption' }

/** How an Effect ended, where that is more than a value. */
export type Ending =
  | { readonly is: 'success'; readonly value: unknown }
  /** In the order in which its Cause has them. */
  | { readonly is: 'cause'; readonly reasons: readonly Reason[] }
  /** A Stream has ended: this stands for none of its values. */
  | { readonly is: 'end' }

/** What an Effect told while it ran in another process. */
export interface Report {
  readonly spans: readonly SpanRecord[]
  readonly metrics: readonly MetricRecord[]
}

/**
 * What a worker answers in place of the value of an Effect, if it has more to say: that it failed, or what it has traced and
 * counted. A value of which there is nothing to report is sent as it is. One that arrives is not constructed: it has no private
 * methods.
 */
export class Reply {
  readonly ending: Ending
  readonly report: Report | undefined

  constructor(ending: Ending, report: Report | undefined) {
    this.ending = ending
    this.report = report
  }

  /** @internal An interruption is no news to who has interrupted. */
  get [SHOWN](): unknown {
    const reasons = this.ending.is === 'cause' ? this.ending.reasons : []
    const errors = reasons.filter((reason) => reason.is !== 'interruption')
    return (errors.find(({ is }) => is === 'failure') ?? errors[0])?.error
  }

  /** @internal What it stands for, where it says more than that. */
  get [VALUE_IN](): unknown {
    return this.ending.is === 'success' ? this.ending.value : undefined
  }
}

registerClass(Reply, { name: 'millrace.effect.Reply' })
