import { open } from 'node:fs/promises'
import { Observable } from 'rxjs'

const POLL_MS = 20
const CHUNK = 64 * 1024

/**
 * The lines of a file that others append to, as they come: a hot source, for whoever writes there does not wait for us. It
 * completes when the file has been silent for `quiet` ms, if that is given.
 */
export function tail(path: string, quiet = Number.POSITIVE_INFINITY): Observable<string> {
  return new Observable<string>((subscriber) => {
    const follow = async () => {
      await using file = await open(path)
      const decoder = new TextDecoder()
      const chunk = Buffer.alloc(CHUNK)
      let rest = ''
      let heard = performance.now()
      while (!subscriber.closed) {
        const { bytesRead } = await file.read(chunk, 0, CHUNK)
        if (bytesRead > 0) heard = performance.now()
        const lines = (rest + decoder.decode(chunk.subarray(0, bytesRead), { stream: true })).split('\n')
        rest = lines.pop()!
        for (const line of lines) subscriber.next(line)
        if (performance.now() - heard > quiet) return subscriber.complete()
        if (bytesRead === 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    }
    follow().catch((error) => subscriber.error(error))
  })
}
