import { JoinableQueue, Process, Queue, taskModule } from '@millrace/browser'
import { Crew } from './crew.ts'
import type { Picture } from './paint.ts'
import type { Painted } from './tasks.ts'
import { type Tile, tilesOf } from './tiles.ts'
import { limitFor, type View } from './view.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(
  () => new Worker(new URL('./tasks.worker.ts', import.meta.url), { type: 'module' }),
)

/** Tiles that may wait for a worker, and painted ones that may wait for the page. */
export const MAXSIZE = 16

/** A tile is handed out again as often as somebody kills the worker that has it: no tile does that by itself. */
const DELIVERY_LIMIT = 1_000

export interface JobOptions {
  readonly view: View
  /** In pixels, as the height. */
  readonly width: number
  readonly height: number
  readonly workers: number
  /** A tile was painted; each comes once. */
  readonly onPainted: (painted: Painted) => void
}

/** Where the tiles of a job are. What is neither waiting nor taken nor done has not been put yet. */
export interface Counts {
  readonly total: number
  /** Put and not yet taken by a worker: MAXSIZE at most, and beside those what ended workers gave back. */
  readonly waiting: number
  /** Taken by a worker and not yet drawn. */
  readonly taken: number
  readonly done: number
  /** Done by another worker than the first that took them. */
  readonly again: number
  readonly workers: number
}

/**
 * One picture, painted by as many workers as are wanted:
 *
 *     feed ──► tiles ──► paint × workers ──► results ──► collect
 *
 * Both queues are bounded, so `feed` waits for the workers, and they wait for the page, if that should be busy. Cancelled
 * by its signal, it ends at once, and its queues go with it.
 */
export class RenderJob {
  readonly #options: JobOptions
  readonly #stop = new AbortController()
  readonly #tiles = new JoinableQueue<Tile>({ maxsize: MAXSIZE, deliveryLimit: DELIVERY_LIMIT })
  readonly #results = new Queue<Painted>({ maxsize: MAXSIZE })
  readonly #all: readonly Tile[]
  readonly #left: Set<number>
  #crew: Crew | undefined
  #workers: number
  #put = 0
  #isOver = false
  #again = 0

  constructor(options: JobOptions) {
    this.#options = options
    this.#workers = options.workers
    this.#all = tilesOf(options.width, options.height)
    this.#left = new Set(this.#all.map(({ id }) => id))
  }

  /** Resolves when the picture is complete and all workers are gone; rejects if it was cancelled or failed. */
  async run(): Promise<void> {
    try {
      this.#crew = this.#crewFor(await this.#picture())
      await Promise.all([this.#crew.resize(this.#workers), this.#feed(), this.#collect()])
    } catch (error) {
      this.#stop.abort(error)
      throw this.#stop.signal.reason
    } finally {
      this.#isOver = true
      await this.#crew?.disband()
      await Promise.all([this.#tiles.close(), this.#results.close()])
    }
  }

  /** Ends it at once, whatever is under way. */
  cancel(reason: unknown): void {
    this.#stop.abort(reason)
  }

  /** Works with so many from now on. */
  async resize(workers: number): Promise<void> {
    this.#workers = workers
    if (!this.#isOver) await this.#crew?.resize(workers)
  }

  async killOne(): Promise<void> {
    await this.#crew?.killOne()
  }

  /** All of one instant, as the queue sees it. */
  async counts(): Promise<Counts> {
    const counts = { total: this.#all.length, done: this.#done, again: this.#again, workers: this.#crew?.size ?? 0 }
    if (this.#isOver) return { ...counts, waiting: 0, taken: 0 }
    const put = this.#put
    const waiting = await this.#tiles.qsize()
    return { ...counts, waiting, taken: put - waiting - counts.done }
  }

  get #done(): number {
    return this.#all.length - this.#left.size
  }

  /** The one computation that needs all the digits; it would keep the page from answering for a while. */
  async #picture(): Promise<Picture> {
    const { view, width, height } = this.#options
    const limit = limitFor(view)
    const { signal } = this.#stop
    const surveyor = new Process(tasks.referenceOrbit, { name: 'surveyor', args: [view, limit] }).start()
    const kill = () => void surveyor.kill()
    signal.addEventListener('abort', kill)
    const orbit = await surveyor.result.finally(() => signal.removeEventListener('abort', kill))
    return { orbit, limit, spacing: view.size / Math.min(width, height), width, height }
  }

  #crewFor(picture: Picture): Crew {
    const args = [picture, this.#tiles, this.#results] as const
    return new Crew({
      hire: (name) => new Process(tasks.paint, { name, args }),
      onFailure: (error) => this.#stop.abort(error),
    })
  }

  async #feed(): Promise<void> {
    for (const tile of this.#all) {
      await this.#tiles.put(tile, { signal: this.#stop.signal })
      this.#put++
    }
  }

  async #collect(): Promise<void> {
    while (this.#left.size > 0) {
      const painted = await this.#results.get({ signal: this.#stop.signal })
      if (!this.#left.delete(painted.tile.id)) continue
      if (painted.deliveries > 1) this.#again++
      this.#options.onPainted(painted)
    }
  }
}
