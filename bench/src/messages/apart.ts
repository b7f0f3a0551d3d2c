import { fileURLToPath } from 'node:url'
import { runApart } from '../apart.ts'
import type { Load } from './load.ts'

export interface Measurement {
  /** The URL of the module that lists the subject. */
  readonly catalogue: string
  readonly subject: string
  readonly load: Load
  readonly seconds: number
}

const program = fileURLToPath(new URL('./measurement.js', import.meta.url))

/** The rate of one measurement, made by a new process in the parent's role. */
export async function measureApart(measurement: Measurement): Promise<number> {
  return Number(await runApart(program, [JSON.stringify(measurement)], 10_000 * measurement.seconds))
}
