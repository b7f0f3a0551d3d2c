import type { Outcome, Page } from './page.ts'
import { sayStatus } from './request.ts'

/** What became of a link, its redirects followed to their end; undefined: nobody knows. */
export function endOf(pages: ReadonlyMap<string, Page>, link: string): Outcome | undefined {
  const seen = new Set<string>()
  for (let url = link; !seen.has(url); ) {
    seen.add(url)
    const outcome = pages.get(url)?.outcome
    if (outcome?.is !== 'redirected') return outcome
    url = outcome.to
  }
  return { is: 'failed', problem: 'redirects in a circle', status: null }
}

/** What is wrong with it, if anything. */
export function problemOf(outcome: Outcome | undefined): string | undefined {
  if (outcome?.is === 'failed') return outcome.problem
  if (outcome?.is === 'read' && outcome.status >= 400) return sayStatus(outcome.status)
  return undefined
}
