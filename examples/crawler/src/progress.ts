import cliProgress from 'cli-progress'
import { count, integer } from './words.ts'

/** Shows how far a crawl is: on standard error, so that standard output holds the report alone. */
export interface Progress {
  show(done: number, known: number): void
  stop(): void
}

export const startProgress = (): Progress => (process.stderr.isTTY ? bar() : lines())

/** A bar for people. */
function bar(): Progress {
  const single = new cliProgress.SingleBar({
    format: '{bar} {done} of {count}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    // It would catch Ctrl-C itself.
    gracefulExit: false,
  })
  single.start(1, 0, { done: 0, count: '1 page' })
  return {
    show(done, known) {
      single.setTotal(known)
      single.update(done, { done: integer(done), count: count(known, 'page') })
    },
    stop: () => single.stop(),
  }
}

const LINE_EVERY_MS = 1_000

/** Plain lines for logs and pipes: the first at once, then one a second. */
function lines(): Progress {
  let next = 0
  return {
    show(done, known) {
      if (performance.now() < next) return
      next = performance.now() + LINE_EVERY_MS
      process.stderr.write(`${integer(done)} of ${count(known, 'page')}\n`)
    },
    stop() {},
  }
}
