import { Process, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { kinds } from './kinds.ts'
import { allGone, runProgram } from './processes.ts'

const tasks = taskModule<typeof import('./fixtures/process-tasks.mjs')>(
  new URL('./fixtures/process-tasks.mjs', import.meta.url),
)

// How a program and what it started end; `lifecycle/family.test.ts` has more on child processes.
describe.concurrent.each(kinds)('a program that has started a $kind', ({ kind }) => {
  const run = (scenario: string) => runProgram('program.mjs', { args: [scenario, kind] })

  test('ends when that does, having heard it out', async () => {
    expect(await run('leaveOne').ended).toMatchObject({ code: 0, stdout: 'later' })
  })

  test('ends at once if that is a daemon, be it busy', async () => {
    expect(await run('leaveDaemon').ended).toMatchObject({ code: 0, stderr: '' })
  })

  test('ends at once if that is a daemon, be it only just started', async () => {
    expect(await run('forgetDaemon').ended).toMatchObject({ code: 0, signal: null })
  })

  test('is kept by a daemon for as long as it waits for something that the daemon might do', async () => {
    const { line, ended } = run('waitForDaemon')
    expect(await line()).toBe('first timer')
    expect((await ended).code).toBe(0)
  })

  test('takes it along when it exits', async () => {
    expect(await run('exit').ended).toMatchObject({ code: 3, signal: null })
  })

  test('takes it along when it fails', async () => {
    const { code, stderr } = await run('fail').ended
    expect([code, stderr]).toEqual([1, expect.stringContaining('the program fails')])
  })

  test('takes it and its child processes along when it is killed', async () => {
    const { child, line, pid } = run('grandchild')
    const grandchild = await line<number>()
    child.kill('SIGKILL')
    await allGone([pid, grandchild])
  })

  test('goes on when that fails, with the error on its stderr', async () => {
    const { code, stdout, stderr } = await run('outlive').ended
    expect([code, stdout]).toEqual([0, '1\n'])
    expect(stderr).toMatch(/Error: outside of everything\n.*result-tasks\.mjs/)
  })
})

// A process that exits leaves behind what a full pipe did not take; what a thread writes is here at once.
test('all that a thread wrote is written, however much that is and however soon it exits', async () => {
  const { stdout, stderr } = await runProgram('program.mjs', { args: ['speakMuch', 'thread'] }).ended
  expect([stdout.length, stderr.length]).toEqual([1_000_000, 1_000_000])
})

test('a thread cannot outlive its program, and is refused if it is to', () => {
  const child = new Process(tasks.nothing, { kind: 'thread', detached: true })
  expect(() => child.start()).toThrow(TypeError)
  expect(() => child.start()).toThrow(/cannot be detached/)
})
