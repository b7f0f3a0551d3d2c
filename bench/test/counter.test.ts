import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { subjects } from '../src/counter/subjects.ts'

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))

test('every subject of the counter that is installed counts and says how many operations it did per second', async () => {
  const options = ['--case', 'lock-contended', '--rounds', '1', '--seconds', '0.05', '--json']
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, 'counter', ...options])
  const skipped = Array.from(stderr.matchAll(/^SKIPPED ([^:]+):/gm), ([, name]) => name)
  const results = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(results.map(({ subject }) => subject)).toEqual(Object.keys(subjects).filter((name) => !skipped.includes(name)))
  for (const { rate } of results) expect(rate).toBeGreaterThan(0)
})
