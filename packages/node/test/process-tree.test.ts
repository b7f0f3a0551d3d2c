import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { activeChildren, JoinableQueue, Process, Queue, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { allGone, childrenOf, eventually, isRunning, isZombie, runModule, runProgram } from './processes.ts'

const tasks = taskModule<typeof import('./fixtures/process-tasks.mjs')>(
  new URL('./fixtures/process-tasks.mjs', import.meta.url),
)
const tree = taskModule<typeof import('./fixtures/tree-tasks.mjs')>(
  new URL('./fixtures/tree-tasks.mjs', import.meta.url),
)

describe.concurrent('processes that start processes', () => {
  test('a queue goes through three generations, and works in all of them', async () => {
    const [input, output] = [new Queue<number>(), new Queue<number>({ maxsize: 2 })]
    const child = new Process(tree.passOn, { args: [input, output, 2] }).start()
    for (const item of [1, 2, 3, -1]) await input.put(item)
    expect([await output.get(), await output.get(), await output.get()]).toEqual([2, 4, 6])
    expect(await child.result).toBe(0)
    await child.join()
  })

  test('a queue that a child made works here and in its own children', async () => {
    const introductions = new Queue<Queue<string>>()
    const child = new Process(tree.ownQueue, { args: [introductions] }).start()
    const own = await introductions.get()
    expect([await own.get(), await own.get(), await own.get()]).toEqual(['a', 'b', 'c'])
    expect(await child.result).toBe(0)
    await child.join()
  })

  test('a daemon in a child finds a queue of that child empty; both end, and nothing is left (P19)', async () => {
    const child = new Process(tasks.nestedDaemon).start()
    const { answer, pid, daemon } = await child.result
    expect(answer).toMatch(/^EmptyError in /)
    expect(daemon).toBe(true)
    await child.join()
    expect(child.exitCode).toBe(0)
    await allGone([child.pid!, pid!])
  })

  test('a daemon may have children, which end with it (G16)', async () => {
    const pids = new Queue<number>()
    const daemon = new Process(tree.startBusy, { args: [pids, ['sleep', 'spin', 'deaf']], daemon: true }).start()
    const family = [await pids.get(), await pids.get(), await pids.get(), await pids.get()]
    expect(family[0]).toBe(daemon.pid)
    await daemon.terminate({ grace: 100 })
    await daemon.join()
    await allGone(family)
  })

  test.each(['kill', 'terminate'] as const)(
    '%s() of a process takes its children along, busy or deaf (G15)',
    async (way) => {
      const pids = new Queue<number>()
      const child = new Process(tree.startBusy, { args: [pids, ['sleep', 'spin', 'deaf']] }).start()
      const family = [await pids.get(), await pids.get(), await pids.get(), await pids.get()]
      await child[way]()
      await child.join()
      expect(child.exitCode).toBe(way === 'kill' ? -9 : -15)
      await allGone(family)
    },
  )

  test('a process in the middle is killed: its child goes, and what that had taken comes back (G29)', async () => {
    const [queue, pids] = [new JoinableQueue<number>(), new Queue<number>()]
    for (const item of [1, 2, 3, 4]) await queue.put(item)
    const middle = new Process(tree.holdThroughChild, { args: [queue, pids] }).start()
    const family = [await pids.get(), await pids.get()]
    const joined = queue.join()
    await middle.kill()
    await middle.join()
    const again: number[][] = []
    for (let i = 0; i < 4; i++) {
      const { item, deliveries, done } = await queue.receive()
      again.push([item, deliveries])
      done()
    }
    expect(again).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
      [4, 1],
    ])
    await joined
    await allGone(family)
  })

  test('a detached process goes on when its parent is killed; its queues fail, and it can tell', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
    const file = join(folder, 'last-words')
    const { line, child } = runProgram('program.mjs', { args: ['detached', file] })
    const pid = await line<number>()
    child.kill('SIGKILL')
    await allGone([child.pid!])
    await eventually('written', async () => existsSync(file) && readFileSync(file, 'utf8') === 'DisconnectedError')
    await allGone([pid])
    rmSync(folder, { recursive: true })
  })

  test('a detached process begins although its parent has ended by then, and knows what it was called with', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
    const file = join(folder, 'word')
    expect(await runProgram('program.mjs', { args: ['orphan', file] }).ended).toMatchObject({ code: 0, stderr: '' })
    await eventually('written', async () => existsSync(file) && readFileSync(file, 'utf8') === 'DisconnectedError')
    rmSync(folder, { recursive: true })
  })

  test('a process that ended is no zombie, although nobody joined it (G46)', async () => {
    const child = new Process(tasks.nothing).start()
    const pid = child.pid!
    await eventually('ended', async () => !(await isRunning(pid)))
    await sleep(50)
    expect(await isZombie(pid)).toBe(false)
    await eventually('forgotten', async () => !activeChildren().includes(child as never))
    expect(child.exitCode).toBe(0)
  })

  // The other half of P21 (1), Python's -E -S -O, are flags of an interpreter that is not ours.
  test('flags of Node go on to children and to theirs (P21)', async () => {
    const flags = ['--conditions=x', '--max-old-space-size=99']
    const { stdout } = await runProgram('program.mjs', { args: ['flags'], flags }).ended
    const seen = JSON.parse(stdout)
    expect(seen.execArgv).toEqual(flags)
    expect(seen.child.execArgv).toEqual(flags)
  })

  test('but not a program that was given as text: its children would run it, and their children', async () => {
    const { stdout } = await runModule(`
      import { Process, taskModule } from '@millrace/node'
      const tasks = taskModule(new URL(${JSON.stringify(new URL('./fixtures/process-tasks.mjs', import.meta.url))}))
      console.log(JSON.stringify(await new Process(tasks.inheritance, { args: [1] }).start().result))
    `).ended
    expect(JSON.parse(stdout)).toMatchObject({ execArgv: [], child: { execArgv: [] } })
  })

  // Python's helper process is its resource tracker or fork server. Here it is the shell that outlives a killed parent.
  test('when the reaper is killed, children run on, can be joined, and others can be started (P16)', async () => {
    const { pid, line, child } = runProgram('program.mjs', { args: ['family'] })
    const family = await line<number[]>()
    const reaperOf = async () => (await childrenOf(pid)).find(({ name }) => name === 'sh')?.pid ?? 0
    const first = await reaperOf()
    process.kill(first, 'SIGKILL')
    await eventually('another one has taken over', async () => ![0, first].includes(await reaperOf()))
    for (const member of family) expect(await isRunning(member)).toBe(true)
    child.kill('SIGKILL')
    // Those that run their event loop notice by themselves; the others were handed to the shell that took its place.
    await allGone(family)
  })
})
