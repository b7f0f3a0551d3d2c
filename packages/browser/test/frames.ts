import { onTestFinished } from 'vitest'

/** A frame that shows this page, until the test is over. */
export async function frameOf(url: URL, prepare: (frame: HTMLIFrameElement) => void = () => {}) {
  const frame = document.createElement('iframe')
  frame.src = url.href
  prepare(frame)
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
  document.body.append(frame)
  onTestFinished(() => frame.remove())
  await loaded
  return frame
}

/** Resolves once a condition holds. */
export async function eventually(what: string, condition: () => boolean, ms = 40_000): Promise<void> {
  for (const deadline = performance.now() + ms; !condition(); await new Promise((resolve) => setTimeout(resolve, 10)))
    if (performance.now() > deadline) throw new Error(`after ${ms} ms still not: ${what}`)
}
