import { type Process, ProcessDiedError } from '@millrace/browser'

export interface CrewOptions {
  /** Makes a worker that is yet to be started. */
  readonly hire: (name: string) => Process<never>
  /** A worker has failed of itself, as all others would. */
  readonly onFailure: (error: unknown) => void
}

/**
 * So many workers as are wanted. One that dies is replaced, for somebody has to do its work; one too many is terminated
 * in the middle of it. Neither loses anything, since the queue hands out again what they had taken.
 */
export class Crew {
  readonly #options: CrewOptions
  /** At work, the oldest first. */
  readonly #wanted: Process<never>[] = []
  /** Those, and the others that are still ending. */
  readonly #running = new Set<Process<never>>()
  #hired = 0

  constructor(options: CrewOptions) {
    this.#options = options
  }

  /** How many run, those that are still ending included. */
  get size(): number {
    return this.#running.size
  }

  /** Starts or terminates as many as it takes. */
  async resize(count: number): Promise<void> {
    while (this.#wanted.length < count) this.#start()
    await Promise.all(this.#wanted.splice(count).map((worker) => worker.terminate()))
  }

  /** Kills one that is at work; another one takes its place. */
  async killOne(): Promise<void> {
    await this.#wanted[0]?.kill()
  }

  /** Kills them all. Resolves when none runs any more. */
  async disband(): Promise<void> {
    this.#wanted.length = 0
    const running = [...this.#running]
    await Promise.all(running.map((worker) => worker.kill()))
    await Promise.allSettled(running.map((worker) => worker.join()))
  }

  #start(): void {
    const worker = this.#options.hire(`painter-${++this.#hired}`)
    worker.start()
    this.#wanted.push(worker)
    this.#running.add(worker)
    worker.result.catch((error: unknown) => this.#ended(worker, error))
  }

  #ended(worker: Process<never>, error: unknown): void {
    this.#running.delete(worker)
    const place = this.#wanted.indexOf(worker)
    if (place >= 0) {
      this.#wanted.splice(place, 1)
      if (error instanceof ProcessDiedError) this.#start()
      else this.#options.onFailure(error)
    }
  }
}
