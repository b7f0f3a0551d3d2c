import type { Page } from './page.ts'
import type { Rules } from './robots.ts'

/** What a worker is sent for: a page, or, if there is none, the `robots.txt` of the host. */
export interface Errand {
  readonly host: Host
  readonly page: Page | undefined
}

/**
 * The pages of one host that wait to be visited.
 *
 * **Invariant** No page is handed out before the host's rules are known; never are more than `limit` under way, nor any
 * sooner after another than the rules allow.
 */
export class Host {
  readonly robots: string
  readonly #limit: number
  readonly #waiting: Page[] = []
  #rules: Rules | 'unknown' | 'asked' = 'unknown'
  #underWay = 0
  #notBefore = 0

  constructor(origin: string, limit: number) {
    this.robots = `${origin}/robots.txt`
    this.#limit = limit
  }

  /** Pages that wait or are under way. */
  get left(): number {
    return this.#waiting.length + this.#underWay
  }

  /** Milliseconds between two requests. */
  get delay(): number {
    return typeof this.#rules === 'string' ? 0 : this.#rules.delay
  }

  add(page: Page): void {
    if (typeof this.#rules !== 'string') page.outcome = this.#rules.refusal(page.url)
    if (page.outcome === undefined) this.#waiting.push(page)
  }

  /** The rules are known: what they forbid waits no longer. */
  obey(rules: Rules): void {
    this.#rules = rules
    for (const page of this.#waiting.splice(0)) this.add(page)
  }

  /** How many milliseconds nothing can be handed out, if nobody comes back. */
  wait(now: number): number {
    if (this.#rules === 'asked' || this.#waiting.length === 0 || this.#underWay === this.#limit) return Infinity
    return Math.max(0, this.#notBefore - now)
  }

  next(now: number): Errand | undefined {
    if (this.wait(now) > 0) return undefined
    if (this.#rules === 'unknown') {
      this.#rules = 'asked'
      return { host: this, page: undefined }
    }
    this.#underWay += 1
    this.#notBefore = now + this.delay
    return { host: this, page: this.#waiting.shift() }
  }

  /** A page that was handed out has its outcome, or never will. */
  done(): void {
    this.#underWay -= 1
  }
}
