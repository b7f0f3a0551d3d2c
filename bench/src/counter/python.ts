import { fileURLToPath } from 'node:url'
import { startPython } from '../python-program.ts'
import type { CaseName, Rivals } from './load.ts'

// Not compiled, so not in dist; from either folder the way to it is the same.
const program = fileURLToPath(new URL('../../src/counter/rival.py', import.meta.url))

/** Python plays both processes and takes the time. */
export function python(rival: 'value' | 'lock'): (name: CaseName) => Promise<Rivals> {
  return async (name) => startPython(program, rival, name)
}
