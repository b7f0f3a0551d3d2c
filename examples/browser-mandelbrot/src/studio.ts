import type { Easel } from './easel.ts'
import { offsetOf } from './paint.ts'
import { type Counts, RenderJob } from './render-job.ts'
import { HOME, move, type View, zoom } from './view.ts'

export type State =
  | { readonly is: 'painting' }
  | { readonly is: 'complete'; readonly seconds: number }
  | { readonly is: 'cancelled' }
  | { readonly is: 'failed'; readonly error: unknown }

/** What shows how things are. */
export interface Display {
  showView(view: View): void
  showState(state: State): void
  showCounts(counts: Counts): void
}

/** How much closer one step goes. */
export const STEP = 4

const CANCELLED = new Error('cancelled')

/** One picture after the other on an easel: the latest wish is what counts. */
export class Studio {
  readonly #easel: Easel
  readonly #display: Display
  #view: View
  #workers: number
  #job: RenderJob | undefined
  #ended: Promise<void> = Promise.resolve()
  #wishes = 0

  constructor(easel: Easel, display: Display, view: View, workers: number) {
    this.#easel = easel
    this.#display = display
    this.#view = view
    this.#workers = workers
  }

  /** Begins the picture anew, or the first one. What is still being painted is cancelled. */
  async restart(): Promise<void> {
    const wish = ++this.#wishes
    this.#display.showView(this.#view)
    this.#job?.cancel(CANCELLED)
    await this.#ended
    if (wish === this.#wishes) this.#ended = this.#paint()
  }

  /** Stops at once; what was painted stays. */
  async cancel(): Promise<void> {
    this.#wishes++
    this.#job?.cancel(CANCELLED)
    await this.#ended
  }

  /** `factor` times closer around a point of the picture, which stays where it is; the centre unless given. */
  zoom(factor: number, x = this.#easel.width / 2, y = this.#easel.height / 2): Promise<void> {
    const { re, im } = this.#offsetOf(x, y)
    const before = this.#view.size
    this.#view = zoom(this.#view, factor, re, im)
    this.#easel.preview(before / this.#view.size, x, y)
    return this.restart()
  }

  /** Moves on by parts of the picture's width and height. */
  pan(right: number, down: number): Promise<void> {
    const [x, y] = [Math.round(right * this.#easel.width), Math.round(down * this.#easel.height)]
    const { re, im } = this.#offsetOf(this.#easel.width / 2 + x, this.#easel.height / 2 + y)
    this.#view = move(this.#view, re, im)
    this.#easel.shift(-x, -y)
    return this.restart()
  }

  goTo(view: View = HOME): Promise<void> {
    this.#view = view
    this.#easel.clear()
    return this.restart()
  }

  async resize(workers: number): Promise<void> {
    this.#workers = workers
    await this.#job?.resize(workers)
  }

  async killOne(): Promise<void> {
    await this.#job?.killOne()
  }

  async #paint(): Promise<void> {
    const { width, height } = this.#easel
    const began = performance.now()
    const job = new RenderJob({
      view: this.#view,
      width,
      height,
      workers: this.#workers,
      onPainted: (painted) => this.#easel.draw(painted),
    })
    this.#job = job
    this.#display.showState({ is: 'painting' })
    void this.#watch(job)
    const state = await job.run().then(
      (): State => ({ is: 'complete', seconds: (performance.now() - began) / 1_000 }),
      (error): State => (error === CANCELLED ? { is: 'cancelled' } : { is: 'failed', error }),
    )
    this.#job = undefined
    this.#display.showCounts(await job.counts())
    this.#display.showState(state)
  }

  /** Shows the counts in every frame, as long as it is painted. */
  async #watch(job: RenderJob): Promise<void> {
    while (this.#job === job) {
      const counts = await job.counts()
      if (this.#job === job) this.#display.showCounts(counts)
      await new Promise(requestAnimationFrame)
    }
  }

  #offsetOf(x: number, y: number): { re: number; im: number } {
    const { width, height } = this.#easel
    const spacing = this.#view.size / Math.min(width, height)
    return offsetOf({ width, height, spacing }, x - 0.5, y - 0.5)
  }
}
