import { describe, expect, test } from 'vitest'
import { kinds } from '../kinds.ts'
import { allGone, runProgram } from '../processes.ts'

describe.concurrent.each(kinds)('a program with a pool, $kind', ({ kind }) => {
  const start = (scenario: string) => runProgram('../pool/fixtures/pool-program.mjs', { args: [scenario, kind] })
  const run = async (scenario: string) => {
    const { code, signal, stdout, stderr } = await start(scenario).ended
    const lines = stdout.split('\n').slice(0, -1)
    return { code, signal, stderr, lines: lines.map((line) => JSON.parse(line) as unknown) }
  }
  const well = { code: 0, signal: null, stderr: '' }

  test.each([
    ['that it leaves in a global ends (L19)', 'forget', [[1, 4, 9]]],
    ['that it has only just made ends', 'fresh', []],
    ['whose task does not stop ends', 'giveUp', ['TimeoutError']],
    ['does what it has given to that before it ends', 'leaveWork', ['done']],
    ['ends though an iterator has not come to its end', 'leaveIterator', [9]],
    ['ends though a task of it waits for whoever takes its values', 'leaveStream', [100]],
    ['is sent all that comes while it does not read (G52)', 'busyParent', [Array(12).fill(4 * 1024 * 1024)]],
    ['in a process of its own ends, and so does that (L19, P19)', 'inner', [[16], 0]],
  ])('%s', async (_what, scenario, lines) => {
    expect(await run(scenario)).toEqual({ ...well, lines })
  })

  test('whose task module makes a pool while it is loaded is told so, and no more workers start (G12, G13)', async () => {
    const { code, lines } = await run('bootstrap')
    expect(code).toBe(0)
    expect(lines).toEqual([
      { name: 'BrokenPoolError', message: expect.stringMatching(/BootstrapError.*inside functions/) },
      true,
    ])
  })
})

describe.concurrent.each(kinds)('Ctrl-C, which every process of a terminal gets, $kind (G51)', ({ kind }) => {
  const start = async (scenario: string) => {
    const program = runProgram('../pool/fixtures/pool-program.mjs', { args: [scenario, kind] })
    const pids = await program.line<number[]>()
    for (const pid of new Set([...pids, program.pid])) process.kill(pid, 'SIGINT')
    return program
  }

  test('is for the program to decide on: its workers go on', async () => {
    const { ended, line } = await start('interrupt')
    expect([await line(), await line(), await line()]).toEqual(['interrupted', Array(8).fill(500), 25])
    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  test('can end the pool: everything settles', async () => {
    const { ended, line } = await start('interruptAndEnd')
    expect([await line(), await line()]).toEqual(['PoolTerminatedError', 'joined'])
    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' })
  })
})

test('a program that is killed takes its workers along, and their children, busy or not (G14, G16)', async () => {
  const { child, line, pid } = runProgram('../pool/fixtures/pool-program.mjs', { args: ['family'] })
  const family = await line<number[]>()
  expect(new Set(family).size).toBeGreaterThanOrEqual(3)
  child.kill('SIGKILL')
  await allGone([pid, ...family])
})
