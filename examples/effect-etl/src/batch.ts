import * as Contract from '@millrace/node/effect/contract'
import * as Schema from 'effect/Schema'

/** Some lines of the file that lie together. */
export const Batch = Schema.Struct({
  /** The number of the first; the first of the file is 1. */
  from: Schema.Int,
  lines: Schema.Array(Schema.String),
})

export type Batch = typeof Batch.Type

/** A line that is no order, and why. */
export const Rejected = Schema.Struct({ line: Schema.Int, text: Schema.String, reason: Schema.String })

/** How much was ordered in one country. */
export const Total = Schema.Struct({ country: Schema.String, orders: Schema.Int, cents: Schema.Int })

export type Total = typeof Total.Type

/** What there is in a batch. */
export const Digest = Schema.Struct({
  from: Schema.Int,
  count: Schema.Int,
  totals: Schema.Array(Total),
  rejected: Schema.Array(Rejected),
})

export type Digest = typeof Digest.Type

/** What the task is called with, and what it gives: checked on both sides. */
export const Digesting = Contract.make({ input: Batch, output: Digest })
