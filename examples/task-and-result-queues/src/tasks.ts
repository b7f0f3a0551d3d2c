import { EmptyError, type Queue } from '@millrace/node'

/** Ends the worker that takes it. */
export const END = 'end'

/** Takes tasks until it meets the end marker; a second without one is no reason to end. */
export async function work(jobs: Queue<number | typeof END>, results: Queue<string>): Promise<void> {
  while (true) {
    try {
      const job = await jobs.get({ timeout: 1_000 })
      if (job === END) return
      await results.put(`processed: ${job}`)
    } catch (error) {
      if (!(error instanceof EmptyError)) throw error
    }
  }
}
