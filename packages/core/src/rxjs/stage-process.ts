import type { Observable } from 'rxjs'
import type { Connection } from '../connection.ts'
import { Pipe } from '../pipe.ts'
import type { Kind } from '../platform.ts'
import { BuiltinWork, Process } from '../process.ts'
import { CHANNEL } from '../queue-channel.ts'
import { runtime } from '../runtime.ts'
import { moduleOf, type Task } from '../task-module.ts'
import { fromConnection } from './from-connection.ts'
import type { StageOutcome, StageSpec } from './serve-stage.ts'

/** How the process of a stage is started. */
export interface StageStart {
  readonly task: Task
  readonly kind: Kind | undefined
  readonly maxsize: number
  readonly work: StageSpec['kind']
  readonly seed: unknown
}

/**
 * The process of a stage whose task sees the items as they come, and the pipes to it and from it:
 *
 *     items --send--> pipe --in the process: fromConnection, task, toConnection--> pipe --results-->
 */
export class StageProcess {
  /** What came of the items, as long as the process goes on. */
  readonly results: Observable<unknown>
  readonly #process: Process<StageOutcome>
  readonly #items: Connection<never, unknown>
  readonly #output: Connection<unknown, never>

  constructor({ task, kind, maxsize, work, seed }: StageStart) {
    // Half of them on the way there, half on the way back.
    const bounds = { duplex: false, maxsize: Math.max(1, maxsize >> 1) } as const
    const [input, items] = Pipe<unknown>(bounds)
    const [output, results] = Pipe<unknown>(bounds)
    this.#items = items
    this.#output = output
    this.results = fromConnection(output)
    const spec: StageSpec = { module: moduleOf(task.source), name: task.name, kind: work, seed }
    this.#process = new Process(new BuiltinWork(task.source, 'stage') as never, {
      kind,
      daemon: true,
      name: `${task.name}-stage`,
      args: [input, results, spec] as never,
    }) as never
    this.#process.start()
  }

  get outbox() {
    return this.#items[CHANNEL].outbox
  }

  /** Resolves with how it went, once the process is through, and keeps this one until then. */
  async outcome(): Promise<StageOutcome> {
    const { context } = runtime()
    context.pending(1)
    try {
      return await this.#process.result
    } finally {
      context.pending(-1)
    }
  }

  /** Nothing more is sent. */
  end(): void {
    void this.#items.close()
  }

  /** Nobody wants what is left. */
  stop(): void {
    void this.#items.close()
    void this.#output.close()
    void this.#process.terminate().catch(() => {})
  }
}
