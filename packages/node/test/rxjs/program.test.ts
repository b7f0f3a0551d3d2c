import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('a program goes on until its pipelines are through, and ends then', async () => {
  const program = fileURLToPath(new URL('./fixtures/pipeline-program.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 110_000 })
  expect(stdout).toBe('map 40\nscan 40\nreduce 4\nstage 20\nbuffer 40\n')
})

test.each([
  ['map', '2\n3\n4\n'],
  ['scan', '0 2\n1 1\n1 4\n'],
  ['reduce', ''],
  ['full', '1 1\n'],
])('a program gets what is to come of a source that goes silent, and ends: %s', async (name, results) => {
  const program = fileURLToPath(new URL('./fixtures/idle-program.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program, name], { timeout: 60_000 })
  expect(stdout.split('\n').sort().join('\n').trim()).toBe(results.trim())
})
