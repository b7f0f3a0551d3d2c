import * as Context from 'effect/Context'
import * as Metric from 'effect/Metric'

/**
 * Metrics that are updated in a worker, added up in the registry of whoever called. What travels is what they were updated with,
 * so that whatever a metric makes of it, a sum or quantiles, comes out as if it had been updated there.
 */

type Metadata = Metric.MetricRegistry extends Map<string, infer M> ? M : never

/** What a metric was updated with, as it travels. */
export interface MetricRecord {
  readonly id: string
  readonly type: Metric.Metric.Type
  readonly description: string | undefined
  readonly attributes: Readonly<Record<string, string>> | undefined
  /** What such a metric is made with, besides. */
  readonly shape: Shape
  readonly updates: ReadonlyArray<readonly [input: unknown, relative: boolean]>
}

interface Shape {
  readonly bigint: boolean
  readonly incremental: boolean
  readonly boundaries: readonly number[]
  readonly quantiles: readonly number[]
}

/** @internal A registry that notes what its metrics are updated with. */
export class RecordingRegistry extends Map<string, Metadata> {
  readonly #updates = new Map<Metadata, Array<readonly [unknown, boolean]>>()

  override set(key: string, metadata: Metadata): this {
    const updates: Array<readonly [unknown, boolean]> = []
    const { hooks, type } = metadata
    const noting: Metadata['hooks'] = {
      get: hooks.get,
      update: (input, context) => {
        note(updates, type, input, false)
        hooks.update(input, context)
      },
      modify: (input, context) => {
        note(updates, type, input, true)
        hooks.modify(input, context)
      },
    }
    // In place: whoever registers a metric goes on with what it has given.
    Object.assign(metadata, { hooks: noting })
    this.#updates.set(metadata, updates)
    return super.set(key, metadata)
  }

  /** What there is to tell. */
  records(context: Context.Context<never>): MetricRecord[] {
    const records: MetricRecord[] = []
    for (const [metadata, updates] of this.#updates) {
      const { id, type, description, attributes, hooks } = metadata
      if (updates.length > 0)
        records.push({ id, type, description, attributes, shape: shapeOf(hooks.get(context), updates), updates })
    }
    return records
  }
}

/** Of sums only the sum has to be known, and of what was set only what it was set to last. */
function note(updates: Array<readonly [unknown, boolean]>, type: string, input: unknown, relative: boolean): void {
  const last = updates.at(-1)
  if (type === 'Counter' && last !== undefined && Number(last[0]) > 0 && Number(input) > 0)
    updates[updates.length - 1] = [sum(last[0], input), false]
  else {
    if (type === 'Gauge' && !relative) updates.length = 0
    updates.push([input, relative])
  }
}

function sum(a: unknown, b: unknown): unknown {
  return typeof a === 'bigint' ? a + (b as bigint) : (a as number) + (b as number)
}

function shapeOf(state: unknown, updates: ReadonlyArray<readonly [unknown, boolean]>): Shape {
  const { incremental, buckets, quantiles } = state as {
    incremental?: boolean
    buckets?: ReadonlyArray<readonly [number, number]>
    quantiles?: ReadonlyArray<readonly [number, unknown]>
  }
  return {
    bigint: typeof updates[0]?.[0] === 'bigint',
    incremental: incremental === true,
    boundaries: (buckets ?? []).map(([boundary]) => boundary),
    quantiles: (quantiles ?? []).map(([quantile]) => quantile),
  }
}

/** @internal Updates the metrics of this context with what they were updated with elsewhere. */
export function replayMetrics(records: readonly MetricRecord[], context: Context.Context<never>): void {
  // Their attributes are all in the records.
  const plain = Context.add(context, Metric.CurrentMetricAttributes, {})
  for (const record of records) {
    const metric = metricOf(record)
    for (const [input, relative] of record.updates)
      if (relative) metric.modifyUnsafe(input as never, plain)
      else metric.updateUnsafe(input as never, plain)
  }
}

/** What quantiles of a metric that is not known here are of, if not of as much as it says where it is known. */
const SUMMARY = { maxAge: '10 minutes', maxSize: 1_024 } as const

function metricOf({ id, type, description, attributes, shape }: MetricRecord): Metric.Metric<never, unknown> {
  const named = { description, attributes }
  const { bigint, incremental, boundaries, quantiles } = shape
  switch (type) {
    case 'Counter':
      return bigint
        ? Metric.counter(id, { ...named, incremental, bigint: true })
        : Metric.counter(id, { ...named, incremental })
    case 'Gauge':
      return bigint ? Metric.gauge(id, { ...named, bigint: true }) : Metric.gauge(id, named)
    case 'Frequency':
      return Metric.frequency(id, named)
    case 'Histogram':
      return Metric.histogram(id, { ...named, boundaries })
    case 'Summary':
      return Metric.summaryWithTimestamp(id, { ...named, ...SUMMARY, quantiles })
  }
}
