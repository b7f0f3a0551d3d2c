import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { Result } from '../src/scenario.ts'

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** In milliseconds: longer than it takes to name a subject that hangs, and to measure the others on a busy machine. */
const LIMIT = 270_000

/** What the bench prints; when a subject fails, what it says of that is the error's message. */
export async function bench(...options: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [program, ...options], { timeout: LIMIT })
}

/** One short round of a case: a result of each of the subjects, but those that are not here or have no part in it. */
export async function oneRound(scenario: string, name: string, subjects: readonly string[]): Promise<Result[]> {
  const options = ['--case', name, '--subject', subjects.join(','), '--rounds', '1', '--seconds', '0.02', '--json']
  const { stdout, stderr } = await bench(scenario, ...options)
  const absent = Array.from(stderr.matchAll(/^(?:SKIPPED|LEFT OUT) ([^ :]+)/gm), ([, subject]) => subject)
  const results = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Result)
  expect(results.map(({ subject }) => subject)).toEqual(subjects.filter((subject) => !absent.includes(subject)))
  for (const { rate, rounds } of results) {
    expect(rate).toBeGreaterThan(0)
    expect(rounds).toEqual([rate])
  }
  return results
}
