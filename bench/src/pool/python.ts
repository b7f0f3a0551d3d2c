import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startPython } from '../python-program.ts'
import type { Subject } from './subject.ts'

// Not compiled, so not in dist; from either folder the way to it is the same.
const program = fileURLToPath(new URL('../../src/pool/rival.py', import.meta.url))

/** Python plays the parent, too, takes the time and checks the answers. */
export function python(rival: 'pool' | 'executor' | 'ideal'): Subject {
  return {
    async open({ case: name, way, steps }) {
      const { run, close } = startPython(program, rival, name, way, String(steps))
      return { inChunks: true, run, close }
    },
  }
}

/** How many steps of Python's own busy loop take about a millisecond. */
export async function calibratePython(): Promise<number> {
  return Number((await promisify(execFile)('python3', [program, 'calibrate'], { timeout: 40_000 })).stdout)
}
