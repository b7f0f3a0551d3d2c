import type { Entry } from '../entry.ts'
import { Flow } from './flow.ts'
import type { CaseName, Item, Load, Run } from './load.ts'

/** One way to build a pipeline. */
export interface Subject {
  open(load: Load): Promise<Session>
}

export interface Session {
  /** Sends that many items through the pipeline. */
  run(count: number): Promise<Run>
  /** Resolves when the workers have exited. */
  close(): Promise<unknown>
}

export type PipelineEntry = Entry<CaseName, Subject>

/** A pipeline as the users of its library write it. */
export interface Pipeline {
  /** Has every item go through all stages and `arrived` called for each. */
  run(items: Iterable<Item>, arrived: (item: Item) => void): Promise<unknown>
  close?(): Promise<unknown>
}

/** A subject in JavaScript, measured from here. */
export function pipeline(start: () => Pipeline): Subject {
  return {
    async open(load) {
      const { run, close } = start()
      return {
        async run(count) {
          const flow = new Flow(load, count)
          await run(flow.items(), (item) => flow.arrived(item))
          return flow.end()
        },
        close: async () => close?.(),
      }
    },
  }
}
