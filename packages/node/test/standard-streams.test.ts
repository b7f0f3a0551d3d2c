import type { Readable, Writable } from 'node:stream'
import { Process, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { kinds } from './kinds.ts'
import { runProgram } from './processes.ts'

const tasks = taskModule<typeof import('./fixtures/stream-tasks.mjs')>(
  new URL('./fixtures/stream-tasks.mjs', import.meta.url),
)
const hooks = taskModule<typeof import('./fixtures/process-tasks.mjs')>(
  new URL('./fixtures/process-tasks.mjs', import.meta.url),
)

async function readAll(stream: unknown): Promise<string> {
  let text = ''
  for await (const chunk of stream as Readable) text += chunk
  return text
}

describe.concurrent.each(kinds)('the standard streams of a $kind', ({ kind }) => {
  test('with pipes they are at hand, all three', async () => {
    const child = new Process(tasks.shout, { stdio: 'pipe', kind }).start()
    const read = [readAll(child.stdout), readAll(child.stderr)]
    ;(child.stdin as Writable).end('消息 through a pipe')
    expect(await Promise.all(read)).toEqual(['消息 THROUGH A PIPE', 'done'])
    await child.join()
    expect(child.exitCode).toBe(0)
  })

  test('more than a pipe holds comes through whole', async () => {
    const child = new Process(tasks.writeMuch, { args: [1_000_000], stdio: 'pipe', kind }).start()
    const [out, error] = await Promise.all([readAll(child.stdout), readAll(child.stderr)])
    expect([out.length, error.length]).toEqual([1_000_000, 1_000_000])
  })

  test('a child’s stderr goes where its parent’s does, and a child’s stdout too', async () => {
    const { stdout, stderr } = await runProgram('program.mjs', { args: ['speak', kind] }).ended
    expect([stdout, stderr]).toEqual(['to stdout', 'to stderr'])
  })

  test('ignored, they are nobody’s, and the process runs all the same', async () => {
    const child = new Process(tasks.shout, { stdio: 'ignore', kind }).start()
    await child.join()
    expect([child.exitCode, child.stdout ?? null, child.stderr ?? null]).toEqual([0, null, null])
  })

  // Python's row has two more: `a`, which runs when an object is collected, and `c`, which never runs at exit.
  test('exit hooks run by priority, the last registered first; one run before does not run again (P24)', async () => {
    const child = new Process(hooks.registerHooks, { stdio: 'pipe', kind }).start()
    const [out, error] = await Promise.all([readAll(child.stdout), readAll(child.stderr)])
    expect(out.trim().split('\n')).toEqual(['b', 'd10', 'd03', 'd02', 'd01', 'e'])
    expect(error).toContain('one that fails')
  })
})

test('exit hooks run at the end of the main program too (P24)', async () => {
  const { stdout, code } = await runProgram('program.mjs', { args: ['hooks'] }).ended
  expect([stdout.trim().split('\n'), code]).toEqual([['b', 'd10', 'd03', 'd02', 'd01', 'e'], 0])
})
