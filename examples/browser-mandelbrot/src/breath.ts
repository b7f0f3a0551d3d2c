/** How long a worker may calculate without listening, in milliseconds. */
const BREATH_MS = 8

const { port1, port2 } = new MessageChannel()
let resume: (() => void) | undefined
port1.onmessage = () => resume?.()

/**
 * The event loop gets its turn. Until then nothing that a worker has taken or put is heard of elsewhere, and it does
 * not hear that it should terminate. Timers would do, but for the 4 ms that browsers add to each.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    resume = resolve
    port2.postMessage(null)
  })
}

/** To be awaited often: breathes when it is time to. */
export class Breath {
  #last = performance.now()

  async due(): Promise<void> {
    if (performance.now() - this.#last < BREATH_MS) return
    await breathe()
    this.#last = performance.now()
  }
}
