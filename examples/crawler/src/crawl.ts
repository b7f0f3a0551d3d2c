import { type Kind, Pool, TimeoutError, taskModule } from '@millrace/node'
import { forEach, from } from '@millrace/node/rxjs'
import { lastValueFrom } from 'rxjs'
import { endOf, problemOf } from './chain.ts'
import { Frontier, type FrontierOptions } from './frontier.ts'
import type { Errand } from './host.ts'
import type { Outcome, Page } from './page.ts'
import { noRules, rulesOf } from './robots.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

/** Pages that a worker has under way at a time: most of the time it waits for the network. */
const SIDE_BY_SIDE = 4
/** Milliseconds to wait before a request is repeated, at first. */
const BACKOFF_MS = 200

export interface CrawlOptions extends FrontierOptions {
  readonly processes: number
  readonly kind: Kind
  /** Milliseconds for a page, with all attempts. */
  readonly timeout: number
  readonly retries: number
  readonly maxBytes: number
  readonly onProgress: (done: number, known: number) => void
}

/** What is known of a site so far, and at the end. */
export interface Crawl {
  readonly pages: ReadonlyMap<string, Page>
  /** There were more pages than may be. */
  readonly full: boolean
  readonly seconds: number
  readonly retried: number
  readonly workersDied: number
}

/**
 * Visits a site, beginning at a page. Once `signal` aborts it stops everything and resolves with what was done until then.
 * @throws Error if the start page cannot be read
 */
export async function crawl(options: CrawlOptions): Promise<Crawl> {
  const { processes, kind, start, signal, onProgress } = options
  const began = performance.now()
  await using pool = new Pool({ processes, kind, concurrency: SIDE_BY_SIDE })
  const frontier = new Frontier(options)
  let workersDied = 0
  const watching = pool.events.subscribe(({ type }) => {
    if (type === 'worker-died') workersDied += 1
  })
  // The time for a page does not begin before there is somebody to fetch it.
  await pool.prewarm(1, tasks.visit)
  // An errand is asked for when somebody has time for it, so nothing piles up, however many links there are.
  const errands$ = from(frontier).pipe(
    forEach(
      async (errand) => {
        await run(pool, errand, frontier, options)
        frontier.done(errand)
        if (!signal.aborted) onProgress(frontier.pages.size - frontier.left, frontier.pages.size)
      },
      { concurrency: SIDE_BY_SIDE * processes },
    ),
  )
  await lastValueFrom(errands$)
  watching.unsubscribe()
  const { pages, full } = frontier
  if (!signal.aborted) checkStart(start, endOf(pages, start))
  return { pages, full, seconds: (performance.now() - began) / 1_000, retried: pool.stats.retried, workersDied }
}

/** Has the pool do an errand. A request that fails, or whose worker dies, is repeated by the pool. */
async function run(pool: Pool, { host, page }: Errand, frontier: Frontier, options: CrawlOptions): Promise<void> {
  const { timeout, retries, signal, maxBytes } = options
  const how = { timeout, retries, signal, backoff: Math.max(BACKOFF_MS, host.delay) }
  try {
    if (page === undefined) host.obey(rulesOf(host.robots, await pool.apply(tasks.readRobots, [host.robots], how)))
    else if (frontier.isHome(page.url)) page.outcome = await pool.apply(tasks.visit, [page.url, maxBytes], how)
    else page.outcome = await pool.apply(tasks.check, [page.url], how)
  } catch (error) {
    if (signal.aborted) return
    if (page === undefined) host.obey(noRules(failure(error, timeout)))
    else page.outcome = failure(error, timeout)
  }
}

function checkStart(start: string, outcome: Outcome | undefined): void {
  const problem = outcome?.is === 'barred' ? `${outcome.by} does not allow it` : problemOf(outcome)
  if (problem !== undefined) throw new Error(`cannot start at ${start}: ${problem}`)
}

function failure(error: unknown, timeout: number): Extract<Outcome, { is: 'failed' }> {
  if (error instanceof TimeoutError) return { is: 'failed', problem: `no answer within ${timeout} ms`, status: null }
  const { message, status = null } = error as Error & { status?: number }
  return { is: 'failed', problem: message, status }
}
