import { describe, expect, test } from 'vitest'
import { runProgram } from '../processes.ts'
import { kinds } from './tasks.ts'

describe.concurrent.each(kinds)('a program with an executor, $kind', ({ kind }) => {
  const run = (scenario: string) =>
    runProgram('../futures/fixtures/executor-program.mjs', { args: [scenario, kind] }).ended

  test.each([
    ['that falls off its end does what it has submitted, and ends well (E6)', 'submit', 'apple'],
    ['does what a map was given, although nobody takes the results', 'map', 'apple pie'],
    ['ends when its workers have nothing to do', 'idle', 'done'],
    ['is not kept by what was cancelled', 'cancelAll', ''],
    ['does what it has submitted before a shutdown that it does not wait for', 'dontWait', 'apple'],
  ])('%s', async (_what, scenario, stdout) => {
    expect(await run(scenario)).toEqual({ code: 0, signal: null, stdout, stderr: '' })
  })

  test('cannot submit anything while it ends (E6)', async () => {
    const { code, stdout, stderr } = await run('submitAtExit')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^PoolClosedError: cannot schedule new futures/)
  })
})
