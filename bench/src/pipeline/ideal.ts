import { ideal as work } from '../pool/ideal.ts'
import { stages } from './load.ts'
import type { Subject } from './subject.ts'

/** The work of all stages, done by two processes that speak to nobody; see `ideal` of `pool`. */
export const ideal: Subject = {
  async open({ steps }) {
    const session = await work.open({ case: 'cpu', way: '', steps })
    return {
      run: async (count) => ({ seconds: await session.run(count * stages), peak: 0 }),
      close: () => session.close(),
    }
  },
}
