import { setTimeout as pause } from 'node:timers/promises'
import { expectAnswers, itemsOf } from './answers.ts'
import { type Load, type TaskName, taskOf } from './load.ts'
import type { Session, Subject } from './subject.ts'

/** A pool of two workers that run one task, written as the users of its library write it. */
export interface RivalPool {
  call(item: number): PromiseLike<number>
  /** Its own way to map; without, a call for each item. */
  readonly map?: (items: readonly number[]) => PromiseLike<readonly number[]>
  /** Whether `map` takes many items in one message. */
  readonly inChunks?: boolean
  close(): PromiseLike<unknown>
}

export type Start = (task: TaskName, way: string) => RivalPool | Promise<RivalPool>

/** A subject in JavaScript, measured from here. */
export function rival(start: Start): Subject {
  return {
    async open(load) {
      return load.case === 'first-result'
        ? freshPools(start, load)
        : warmPool(await start(taskOf(load.case), load.way), load)
    },
  }
}

function warmPool(pool: RivalPool, { case: name, steps }: Load): Session {
  const each = (items: readonly number[]) => Promise.all(items.map((item) => pool.call(item)))
  const ask = name === 'tiny-map' ? (pool.map ?? each) : each
  return {
    inChunks: pool.inChunks ?? false,
    async run(tasks) {
      const items = itemsOf(name, steps, tasks)
      const start = performance.now()
      const answers = await ask(items)
      const took = performance.now() - start
      expectAnswers(name, steps, tasks, answers)
      return took / 1000
    },
    async close() {
      await pool.close()
    },
  }
}

function freshPools(start: Start, { way }: Load): Session {
  return {
    inChunks: false,
    async run(pools) {
      let took = 0
      for (let i = 0; i < pools; i++) took += await firstResult(start, way)
      return took
    },
    close: async () => {},
  }
}

async function firstResult(start: Start, way: string): Promise<number> {
  const began = performance.now()
  const pool = await start('double', way)
  const answer = await pool.call(21)
  const took = performance.now() - began
  await pool.close()
  if (answer !== 42) throw new Error(`The first result is ${answer}, not 42.`)
  // Not all pools wait until their workers are gone, and the next one must not share the processor with them.
  await pause(50)
  return took / 1000
}
