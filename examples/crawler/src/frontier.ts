import { type Errand, Host } from './host.ts'
import type { Outcome, Page } from './page.ts'

export interface FrontierOptions {
  readonly start: string
  /** How many links away from the start page pages may be. */
  readonly depth: number
  readonly maxPages: number
  /** Pages of one host under way. */
  readonly perHost: number
  /** Ends it. */
  readonly signal: AbortSignal
}

const MOST_HOPS = 10

/**
 * All pages that are known of, and where to go next.
 *
 *     links ──► pages, each once ──► hosts, which say when ──► errands ──► pool ──┐
 *       ▲                                                                         │
 *       └─────────────────────────── done(errand) ◄───────────────────────────────┘
 *
 * To iterate it is to be handed errands until there are no more; it waits while no host may be asked.
 */
export class Frontier implements AsyncIterable<Errand> {
  readonly pages = new Map<string, Page>()
  /** There are more pages than may be. */
  full = false
  readonly #options: FrontierOptions
  readonly #hosts = new Map<string, Host>()
  #start: string
  #wake = () => {}

  constructor(options: FrontierOptions) {
    this.#options = options
    this.#start = options.start
    options.signal.addEventListener('abort', () => this.#wake())
    this.#meet(options.start, 0, 0)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Errand, void> {
    while (this.left > 0 && !this.#options.signal.aborted) {
      const errand = this.#next()
      if (errand === undefined) await this.#news()
      else yield errand
    }
  }

  /** An errand is done, and the outcome with its page, if it has one; what that links to is to be visited as well. */
  done({ host, page }: Errand): void {
    if (page !== undefined) {
      host.done()
      if (page.url === this.#start && page.outcome?.is === 'redirected') this.#start = page.outcome.to
      this.#follow(page)
    }
    this.#wake()
  }

  /** Whether a page belongs to the site: other ones are looked at, but their links are not followed. */
  isHome(url: string): boolean {
    return new URL(url).origin === new URL(this.#start).origin
  }

  /** Pages without an outcome. */
  get left(): number {
    return [...this.#hosts.values()].reduce((sum, host) => sum + host.left, 0)
  }

  #next(): Errand | undefined {
    for (const [origin, host] of this.#hosts) {
      const errand = host.next(performance.now())
      if (errand === undefined) continue
      // The others have their turn first.
      this.#hosts.delete(origin)
      this.#hosts.set(origin, host)
      return errand
    }
    return undefined
  }

  /** Resolves when there may be something to hand out. */
  #news(): Promise<void> {
    const now = performance.now()
    const wait = [...this.#hosts.values()].reduce((least, host) => Math.min(least, host.wait(now)), Infinity)
    return new Promise((resolve) => {
      const timer = wait === Infinity ? undefined : setTimeout(resolve, wait)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #follow({ outcome, depth, hops }: Page): void {
    if (outcome?.is === 'redirected') this.#meet(outcome.to, depth, hops + 1)
    if (outcome?.is !== 'read' || depth === this.#options.depth) return
    for (const url of outcome.links) this.#meet(url, depth + 1, 0)
  }

  #meet(url: string, depth: number, hops: number): void {
    const known = this.pages.get(url)
    if (known === undefined) this.#add({ url, depth, hops, outcome: undefined })
    else if (depth < known.depth) {
      // There is a shorter way: what it links to is nearer as well.
      known.depth = depth
      this.#follow(known)
    }
  }

  #add(page: Page): void {
    this.full ||= this.pages.size === this.#options.maxPages
    if (this.full) return
    this.pages.set(page.url, page)
    page.outcome = hopeless(page)
    if (page.outcome === undefined) this.#hostOf(page.url).add(page)
  }

  #hostOf(url: string): Host {
    const { origin } = new URL(url)
    const host = this.#hosts.get(origin) ?? new Host(origin, this.#options.perHost)
    this.#hosts.set(origin, host)
    return host
  }
}

/** What is known without a visit. */
function hopeless({ url, hops }: Page): Outcome | undefined {
  if (!URL.canParse(url)) return { is: 'failed', problem: 'not a URL', status: null }
  if (hops > MOST_HOPS) return { is: 'failed', problem: `more than ${MOST_HOPS} redirects in a row`, status: null }
  return undefined
}
