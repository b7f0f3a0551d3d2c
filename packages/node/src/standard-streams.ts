import type { Readable } from 'node:stream'

/** A process is not kept waiting for the end of a stream that a grandchild of another kind may hold open. */
const END_MS = 200

/** Resolves when the streams of a process that has ended were read, or are not to be waited for any longer. */
export async function readToTheEnd(...streams: ReadonlyArray<Readable | null>): Promise<void> {
  await Promise.all(streams.map((stream) => stream && end(stream)))
}

function end(stream: Readable): Promise<void> | undefined {
  if (stream.readableEnded || stream.destroyed) return undefined
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, END_MS)
    stream.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
