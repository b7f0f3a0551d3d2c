import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Collects what can be, and has those told who wait for that. */
export async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    collect()
    await sleep(2)
  }
}
