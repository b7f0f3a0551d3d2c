import { fileURLToPath } from 'node:url'
import { startPython } from '../python-program.ts'
import type { Subject } from './subject.ts'

// Not compiled, so not in dist; from either folder the way to it is the same.
const program = fileURLToPath(new URL('../../src/pipeline/rival.py', import.meta.url))

/** Python plays all parts, takes the time, counts and checks. */
export const python: Subject = {
  async open({ steps }) {
    let peak = 0
    const { run, close } = startPython(program, String(steps))
    return {
      async run(count) {
        const both = await run(count)
        // The seconds, and the peak behind the decimal point of a second number would be lost: both come as one.
        peak = Math.trunc(both / 1e6)
        return { seconds: both - peak * 1e6, peak }
      },
      close,
    }
  },
}
