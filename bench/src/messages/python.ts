import { fileURLToPath } from 'node:url'
import { pythonVersion } from '../machine.ts'
import { startPython } from '../python-program.ts'
import type { Entry, Subject } from './subject.ts'

// Not compiled, so not in dist; from either folder the way to it is the same.
const program = fileURLToPath(new URL('../../src/messages/python/rival.py', import.meta.url))

const missing = async () => (pythonVersion() ? undefined : 'python3 is not installed')

/** `multiprocessing.Queue(1000)`. */
export const pythonQueue: Entry = { missing, load: async () => python('queue') }

/** `multiprocessing.Pipe()`: no bound but that of the socket, no lock, one reader and one writer. */
export const pythonPipe: Entry = { missing, load: async () => python('pipe') }

/** It gets only the numbers of messages from here. */
function python(rival: 'queue' | 'pipe'): Subject {
  return { open: async (load) => startPython(program, rival, load.case, load.flow) }
}
