import * as Schema from 'effect/Schema'

/** Money as it is written, and counted in hundredths. */
const Amount = Schema.String.check(Schema.isPattern(/^\d{1,9}\.\d\d$/, { expected: 'an amount such as 12.50' }))

/** A row of the file, as it is read. */
export const Order = Schema.Struct({
  id: Schema.String.check(Schema.isPattern(/^[A-Z]\d{4,}$/, { expected: 'an id such as A1001' })),
  country: Schema.String.check(Schema.isPattern(/^[A-Z]{2}$/, { expected: 'a country of two letters' })),
  amount: Amount,
})

export type Order = typeof Order.Type

/** The columns of the file, in this order. */
export const COLUMNS = ['id', 'country', 'amount'] as const

export const centsOf = ({ amount }: Order): number => Math.round(Number(amount) * 100)
