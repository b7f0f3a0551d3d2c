import cliProgress from 'cli-progress'
import type { Census } from './census.ts'
import type { Sizes } from './sizes.ts'
import { count, integer, megabytes } from './words.ts'

/** Shows how far a weighing is: on standard error, so that standard output holds the report alone. */
export interface Progress {
  show(done: Sizes): void
  stop(): void
}

export const startProgress = (census: Census): Progress => (process.stderr.isTTY ? bar(census) : lines(census))

/** A bar for people. */
function bar(census: Census): Progress {
  const single = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {done} of {all} MB | {files} files',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    // It would catch Ctrl-C itself.
    gracefulExit: false,
  })
  const payload = (done: Sizes) => ({
    done: megabytes(done.raw),
    all: `${megabytes(census.bytes)}${census.complete ? '' : '+'}`,
    files: integer(done.files),
  })
  single.start(1, 0, { done: 0, all: '?', files: 0 })
  return {
    show(done) {
      single.setTotal(Math.max(census.bytes, 1))
      single.update(Math.min(done.raw, census.bytes), payload(done))
    },
    stop: () => single.stop(),
  }
}

const LINE_EVERY = 1_000

/** Plain lines for logs and pipes: the first at once, then one a second. */
function lines(census: Census): Progress {
  let next = 0
  return {
    show(done) {
      if (performance.now() < next) return
      next = performance.now() + LINE_EVERY
      const all = census.complete ? ` of ${megabytes(census.bytes)}` : ''
      process.stderr.write(`${megabytes(done.raw)}${all} MB, ${count(done.files, 'file')}\n`)
    },
    stop() {},
  }
}
