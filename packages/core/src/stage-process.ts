import { encodeAlone } from './codec.ts'
import type { Connection } from './connection.ts'
import { EncodeError } from './errors.ts'
import type { ExpectedResults } from './expected-results.ts'
import { Pipe } from './pipe.ts'
import type { Kind } from './platform.ts'
import { fromElsewhere } from './pool/remote-errors.ts'
import { BuiltinWork, Process } from './process.ts'
import { CHANNEL } from './queue-channel.ts'
import { runtime } from './runtime.ts'
import type { StageOutcome, StageSpec } from './stage-server.ts'
import { moduleOf, type Task } from './task-module.ts'

/** About so many items are on the way to the process of a stage and back, unless it is said how many. */
export const STAGE_MAXSIZE = 32

/** How the process of a stage is started. */
export interface StageStart {
  readonly task: Task
  readonly kind: Kind | undefined
  readonly maxsize: number
  readonly work: StageSpec['kind']
  readonly seed: unknown
  /** What travels for whoever runs an Effect there; nothing unless given. */
  readonly told?: unknown
  /** Says when the program is to go on for the results; unless given, for as long as somebody waits for any. */
  readonly expected?: ExpectedResults | undefined
}

/**
 * The process of a stage whose task sees the items as they come, and the pipes to it and from it:
 *
 *     items --send--> pipe --in the process: the task--> pipe --results-->
 */
export class StageProcess {
  /** By which the process gets its items. */
  readonly items: Connection<never, unknown>
  /** By which it gives what comes of them. */
  readonly results: Connection<unknown, never>
  readonly #process: Process<StageOutcome>
  readonly #expected: ExpectedResults | undefined

  constructor({ task, kind, maxsize, work, seed, told = null, expected }: StageStart) {
    const encoded = encodedSeed(seed)
    // Half of them on the way there, half on the way back.
    const bounds = { duplex: false, maxsize: Math.max(1, Math.floor(maxsize / 2)) } as const
    const [input, items] = Pipe<unknown>(bounds)
    const [results, output] = Pipe<unknown>(bounds)
    this.items = items
    this.results = results
    this.#expected = expected
    if (expected !== undefined) expect(results, expected)
    const spec: StageSpec = { module: moduleOf(task.source), name: task.name, kind: work, seed: encoded, told }
    this.#process = new Process(new BuiltinWork(task.source, 'stage') as never, {
      kind,
      daemon: true,
      name: `${task.name}-stage`,
      args: [input, output, spec] as never,
    }) as never
    this.#process.start()
  }

  /** Resolves with how it went, once the process is through, and keeps this one until then. */
  async outcome(): Promise<StageOutcome> {
    const { context } = runtime()
    context.pending(1)
    try {
      const outcome = await this.#process.result
      if ('error' in outcome) fromElsewhere(outcome.error)
      return outcome
    } finally {
      context.pending(-1)
    }
  }

  /** Nothing more is sent. */
  end(): void {
    this.#expected?.end()
    void this.items.close()
  }

  /** Nobody wants what is left. */
  stop(): void {
    void this.items.close()
    void this.results.close()
    void this.#process.terminate().catch(() => {})
  }

  /** Resolves when the process has ended, however, and keeps this one until then. */
  async ended(): Promise<void> {
    await this.#process.join().catch(() => {})
  }
}

/** @throws EncodeError at what cannot travel, or cannot be there more than once */
function encodedSeed(seed: unknown): Uint8Array {
  const { bytes, refs } = encodeAlone(seed)
  if (refs === undefined) return bytes
  throw new EncodeError(
    'a seed cannot have a handle in it, since each key begins with a copy: send the handle with the items',
  )
}

/** Whoever waits for these results keeps the program only while some are expected. */
function expect(results: Connection<unknown, never>, expected: ExpectedResults): void {
  const channel = results[CHANNEL]
  channel.unref()
  channel.inbox.onTake = () => expected.came()
  channel.inbox.onWait = (change) => expected.waits(change)
}
