import { endOf, problemOf } from './chain.ts'
import type { Crawl } from './crawl.ts'
import type { Options } from './options.ts'
import type { Outcome, Page } from './page.ts'

/** All that there is to say in the end; the JSON document is this, as it stands. */
export interface Report {
  start: string
  depth: number
  /** Ctrl-C ended the run: this is what was done until then. */
  interrupted: boolean
  processes: number
  kind: string
  seconds: number
  /** Requests that were repeated, whether the server, the network or the death of a worker was at fault. */
  retried: number
  workersDied: number
  bytes: number
  /** Nearest to the start page first. */
  pages: PageReport[]
  broken: BrokenLink[]
  barred: { url: string; by: string }[]
  /** Links that were not visited: they are too deep, or there were too many pages. */
  notVisited: number
  full: boolean
}

export interface PageReport {
  url: string
  depth: number
  status: number | null
  type: string | null
  bytes: number | null
  /** Larger than pages may be, and read no further. */
  cut: boolean
  ms: number | null
  redirect: string | null
  problem: string | null
}

export interface BrokenLink {
  link: string
  problem: string
  /** The pages that have it. */
  pages: string[]
}

export function reportOf(crawl: Crawl, start: string, options: Options, interrupted: boolean): Report {
  const { seconds, retried, workersDied, full } = crawl
  const known = [...crawl.pages.values()].sort((a, b) => a.depth - b.depth || (a.url < b.url ? -1 : 1))
  const links = linksOf(known)
  const pages = known.flatMap((page) => pageReport(page) ?? [])
  return {
    start,
    depth: options.depth,
    interrupted,
    processes: options.processes,
    kind: options.kind,
    seconds,
    retried,
    workersDied,
    bytes: pages.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    pages,
    broken: [...links].flatMap(([link, on]) => brokenLink(crawl, link, on) ?? []),
    barred: known.flatMap(({ url, outcome }) => (outcome?.is === 'barred' ? [{ url, by: outcome.by }] : [])),
    notVisited: [...links.keys()].filter((link) => crawl.pages.get(link)?.outcome === undefined).length,
    full,
  }
}

/** Each link, and the pages that have it. */
function linksOf(pages: readonly Page[]): Map<string, string[]> {
  const links = new Map<string, string[]>()
  for (const { url, outcome } of pages) {
    for (const link of outcome?.is === 'read' ? outcome.links : []) {
      const on = links.get(link)
      if (on === undefined) links.set(link, [url])
      else on.push(url)
    }
  }
  return links
}

function brokenLink({ pages }: Crawl, link: string, on: string[]): BrokenLink | undefined {
  const problem = problemOf(endOf(pages, link))
  return problem === undefined ? undefined : { link, problem, pages: on }
}

function pageReport({ url, depth, outcome }: Page): PageReport | undefined {
  if (outcome === undefined || outcome.is === 'barred') return undefined
  return { url, depth, ...NOTHING, ...factsOf(outcome) }
}

const NOTHING = { status: null, type: null, bytes: null, cut: false, ms: null, redirect: null, problem: null }

function factsOf(outcome: Exclude<Outcome, { is: 'barred' }>): Partial<PageReport> {
  switch (outcome.is) {
    case 'read': {
      const { status, type, bytes, cut, ms } = outcome
      return { status, type, bytes, cut, ms }
    }
    case 'redirected':
      return { status: outcome.status, ms: outcome.ms, redirect: outcome.to }
    case 'failed':
      return { status: outcome.status, problem: outcome.problem }
  }
}
