import * as Cause from 'effect/Cause'
import * as Context from 'effect/Context'
import * as Exit from 'effect/Exit'
import * as Option from 'effect/Option'
import * as Tracer from 'effect/Tracer'
import { inWords } from '../in-words.ts'

/**
 * Spans that end in a worker, told to the tracer of whoever called.
 *
 *     caller: span ── ids ──> worker: spans under it, recorded as they end ── records ──> caller: the same spans, its own tracer
 *
 * The tracer of the caller gives them ids of its own, so any tracer will do. What a task's own layer has for a tracer is used
 * instead, and is given the ids of the caller.
 */

/** A span as it travels. */
export interface SpanRecord {
  readonly id: string
  readonly parent: string | undefined
  readonly name: string
  readonly kind: Tracer.SpanKind
  /** Nanoseconds. */
  readonly start: bigint
  readonly end: bigint
  readonly attributes: ReadonlyArray<readonly [string, unknown]>
  readonly events: ReadonlyArray<readonly [name: string, at: bigint, attributes: Record<string, unknown>]>
  readonly links: ReadonlyArray<readonly [traceId: string, spanId: string, attributes: Record<string, unknown>]>
  readonly exit: 'success' | 'interruption' | { readonly message: string }
}

/** @internal Records the spans that end. */
export function recordingTracer(records: SpanRecord[]): Tracer.Tracer {
  return Tracer.make({ span: (options) => new RecordedSpan(options, records) })
}

class RecordedSpan extends Tracer.NativeSpan {
  readonly #records: SpanRecord[]

  constructor(options: ConstructorParameters<typeof Tracer.NativeSpan>[0], records: SpanRecord[]) {
    super(options)
    this.#records = records
  }

  override end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.status._tag === 'Ended') return
    super.end(endTime, exit)
    if (this.sampled) this.#records.push(recordOf(this, endTime, exit))
  }
}

function recordOf(span: Tracer.NativeSpan, end: bigint, exit: Exit.Exit<unknown, unknown>): SpanRecord {
  return {
    id: span.spanId,
    parent: Option.getOrUndefined(span.parent)?.spanId,
    name: span.name,
    kind: span.kind,
    start: span.startTime,
    end,
    attributes: [...span.attributes].map(([key, value]) => [key, travelling(value)]),
    events: span.events.map(([name, at, attributes]) => [name, at, allTravelling(attributes)]),
    links: span.links.map((link) => [link.span.traceId, link.span.spanId, allTravelling(link.attributes)]),
    exit: exitOf(exit),
  }
}

function exitOf(exit: Exit.Exit<unknown, unknown>): SpanRecord['exit'] {
  if (Exit.isSuccess(exit)) return 'success'
  return Cause.hasInterruptsOnly(exit.cause) ? 'interruption' : { message: Cause.pretty(exit.cause) }
}

/** Attributes are for reading: what cannot travel is told in words. */
function travelling(value: unknown): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol'))
    return value
  try {
    return JSON.parse(JSON.stringify(value)) as unknown
  } catch {
    return inWords(value)
  }
}

function allTravelling(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, travelling(value)]))
}

/** @internal Tells a tracer of spans that ended elsewhere; those without a parent among them are under that one. */
export function replaySpans(records: readonly SpanRecord[], tracer: Tracer.Tracer, root: Tracer.AnySpan): void {
  const byId = new Map(records.map((record) => [record.id, record]))
  const made = new Map<string, Tracer.Span>()
  const spanOf = (id: string | undefined): Tracer.AnySpan => {
    const record = id === undefined ? undefined : byId.get(id)
    if (record === undefined) return root
    let span = made.get(record.id)
    if (span === undefined) {
      span = begin(record, tracer, spanOf(record.parent))
      made.set(record.id, span)
    }
    return span
  }
  for (const { id } of records) spanOf(id)
  // They ended in this order. A link may lead to one that began later, so there are all of them by now.
  for (const record of records) {
    const span = made.get(record.id)!
    const links = linksOf(record, (id) => made.get(id))
    if (links.length > 0) span.addLinks(links)
    finish(span, record)
  }
}

/** Those to spans of the same report lead to what these are called here; others to what was elsewhere from the beginning. */
function linksOf({ links }: SpanRecord, made: (id: string) => Tracer.Span | undefined): Tracer.SpanLink[] {
  return links.map(([traceId, spanId, attributes]) => ({
    span: made(spanId) ?? Tracer.externalSpan({ traceId, spanId }),
    attributes,
  }))
}

function begin(record: SpanRecord, tracer: Tracer.Tracer, parent: Tracer.AnySpan): Tracer.Span {
  return tracer.span({
    name: record.name,
    parent: Option.some(parent),
    annotations: Context.empty(),
    links: [],
    startTime: record.start,
    kind: record.kind,
    root: false,
    sampled: true,
  })
}

function finish(span: Tracer.Span, record: SpanRecord): void {
  for (const [key, value] of record.attributes) span.attribute(key, value)
  for (const [name, at, attributes] of record.events) span.event(name, at, attributes)
  span.end(record.end, exitFrom(record.exit))
}

function exitFrom(exit: SpanRecord['exit']): Exit.Exit<unknown, unknown> {
  if (exit === 'success') return Exit.void
  return exit === 'interruption' ? Exit.interrupt() : Exit.fail(new Error(exit.message))
}
