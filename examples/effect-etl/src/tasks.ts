import * as Contract from '@millrace/node/effect/contract'
import * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Metric from 'effect/Metric'
import * as Schema from 'effect/Schema'
import { type Batch, type Digest, Digesting, type Total } from './batch.ts'
import { fieldsOf } from './csv.ts'
import { COLUMNS, centsOf, Order } from './order.ts'
import { Totals } from './totals.ts'

const rowsRead = Metric.counter('etl.rows', { incremental: true })
const rowsRejected = Metric.counter('etl.rejected', { incremental: true })

/** Parses and checks the lines of a batch, and adds up what is good. */
export const digest = Contract.implement(Digesting, (batch) =>
  Effect.gen(function* () {
    const digested = digestOf(batch)
    yield* Metric.update(rowsRead, digested.count)
    yield* Metric.update(rowsRejected, digested.rejected.length)
    return digested
  }),
)

function digestOf({ from, lines }: Batch): Digest {
  const totals = new Totals()
  const rejected: Array<Digest['rejected'][number]> = []
  for (const [index, text] of lines.entries()) {
    const order = orderIn(text)
    if (typeof order === 'string') rejected.push({ line: from + index, text, reason: order })
    else totals.add(totalOf(order))
  }
  return { from, count: lines.length, totals: totals.list, rejected }
}

const decode = Schema.decodeUnknownExit(Order)

/** The order, or why it is none. */
function orderIn(text: string): Order | string {
  let fields: string[]
  try {
    fields = fieldsOf(text)
  } catch (error) {
    return (error as Error).message
  }
  if (fields.length !== COLUMNS.length) return `${fields.length} fields instead of ${COLUMNS.length}`
  const exit = decode(Object.fromEntries(COLUMNS.map((name, i) => [name, fields[i]])))
  return Exit.isSuccess(exit) ? exit.value : reasonOf(exit.cause)
}

/** In one line, without what is plain from the text. */
const reasonOf = (cause: Cause.Cause<Schema.SchemaError>): string =>
  (Cause.squash(cause) as Error).message.replaceAll(/\s+/g, ' ')

const totalOf = (order: Order): Total => ({ country: order.country, orders: 1, cents: centsOf(order) })
