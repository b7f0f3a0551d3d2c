import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isQuick } from '../packages/core/test/thorough.ts'

/** What an example runs on: it is the same program for each. */
export const kinds = isQuick ? ['process'] : ['process', 'thread']

/** The compiled program of an example. */
export const mainOf = (example: string) => fileURLToPath(new URL(`./${example}/dist/main.js`, import.meta.url))

/** Runs an example as a real process until it ends by itself, and reads what it printed, line by line. */
export async function linesOf(example: string, ...args: readonly string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [mainOf(example), ...args])
  return stdout.trimEnd().split('\n')
}
