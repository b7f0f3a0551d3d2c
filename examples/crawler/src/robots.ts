import robotsParser from 'robots-parser'
import type { Outcome } from './page.ts'
import { AGENT } from './request.ts'

/** What a host has crawlers do. */
export interface Rules {
  /** Milliseconds between two requests. */
  readonly delay: number
  /** Why a page is not visited, if so. */
  refusal(url: string): Outcome | undefined
}

// Its types have a default export beside the function, which is all that there is.
const parse = robotsParser as unknown as typeof robotsParser.default

/** Whoever asks for longer pauses, in seconds, does not want to be crawled. */
const LONGEST_DELAY = 60

export function rulesOf(url: string, text: string): Rules {
  const robots = parse(url, text)
  const delay = Math.max(0, robots.getCrawlDelay(AGENT) ?? 0)
  if (delay > LONGEST_DELAY) return nothing({ is: 'barred', by: `robots.txt (${delay} s between two requests)` })
  return {
    delay: delay * 1_000,
    refusal: (page) => (robots.isAllowed(page, AGENT) === false ? { is: 'barred', by: 'robots.txt' } : undefined),
  }
}

/** The rules could not be read. Where the server itself is at fault they may say anything: nothing is visited. */
export function noRules(failure: Extract<Outcome, { is: 'failed' }>): Rules {
  const { status, problem } = failure
  return nothing(status === null ? failure : { is: 'barred', by: `robots.txt (${problem})` })
}

const nothing = (why: Outcome): Rules => ({ delay: 0, refusal: () => why })
