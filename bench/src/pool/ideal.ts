import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expectSum } from './answers.ts'
import type { Order, Yield } from './ideal-child.ts'
import { workers } from './load.ts'
import type { Subject } from './subject.ts'

const program = fileURLToPath(new URL('./ideal-child.js', import.meta.url))

/**
 * Two processes that do tasks for a fixed time and speak to nobody meanwhile, each in the CPU time that they take: what
 * two cores without other programs would get done. By the clock it would be no bound: on busy cores it gets done
 * less than pools do, whose workers wait now and then, which schedulers reward.
 */
export const ideal: Subject = {
  async open({ steps }) {
    const children = Array.from({ length: workers }, () => fork(program))
    return {
      inChunks: false,
      /** The CPU time of so many tasks, on two cores. */
      async run(tasks) {
        // A task is expected to take a millisecond.
        const order = { milliseconds: tasks / workers, steps }
        const yields = await Promise.all(children.map((child) => obey(child, order)))
        const rate = yields.reduce((total, { tasks: done, seconds }) => total + done / seconds, 0)
        return tasks / rate
      },
      async close() {
        for (const child of children) child.disconnect()
        await Promise.all(children.map((child) => child.exitCode ?? once(child, 'exit')))
      },
    }
  },
}

async function obey(child: ChildProcess, order: Order): Promise<Yield> {
  const answer = once(child, 'message')
  child.send(order)
  const [done] = (await answer) as [Yield]
  expectSum('cpu', order.steps, done.tasks, done.sum)
  return done
}
