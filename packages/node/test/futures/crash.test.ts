import { BrokenPoolError, ProcessDiedError, SharedEvent, WorkerDiedError } from '@millrace/node'
import { ProcessPoolExecutor } from '@millrace/node/futures'
import { describe, expect, test } from 'vitest'
import { expectPromptly } from './promptly.ts'
import { errorOf, kinds, range, tasks } from './tasks.ts'

// A thread that dies of a signal takes its program along: threads exit.
const deaths = [
  { kind: 'process', how: 'is killed', death: { signal: 'SIGKILL', exitCode: -9 } },
  { kind: 'process', how: 'exits', death: { signal: null, exitCode: 1 } },
  { kind: 'thread', how: 'exits', death: { signal: null, exitCode: 1 } },
] as const

describe.each(deaths)('a $kind that $how', ({ kind, how, death }) => {
  const dying = how === 'is killed' ? tasks.crash : tasks.exit

  test('fails the task that it ran, and no other; another takes its place (G18, E20)', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, kind })
    const gate = new SharedEvent()
    const happy = executor.submit(tasks.waitFor, gate, 'happy')
    const dead = executor.submit(dying)
    const waiting = range(4).map((n) => executor.submit(tasks.same, n))
    const error = await errorOf(dead)
    expect(error).toBeInstanceOf(WorkerDiedError)
    expect(error).toMatchObject({ ...death, task: how === 'is killed' ? 'crash' : 'exit', pid: expect.any(Number) })
    expect(await Promise.all(waiting)).toEqual(range(4))
    gate.set()
    expect([await happy, await executor.submit(tasks.same, 'next')]).toEqual(['happy', 'next'])
  })

  test("with onCrash: 'break' it fails everything, for good, as in Python (E20)", async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 2, kind, onCrash: 'break' })
    const gate = new SharedEvent()
    const futures = [
      executor.submit(tasks.waitFor, gate),
      executor.submit(dying),
      ...range(4).map(() => executor.submit(tasks.waitFor, gate)),
    ]
    for (const future of futures) {
      const error = await errorOf(future)
      expect(error).toBeInstanceOf(BrokenPoolError)
      expect(error.cause).toBeInstanceOf(ProcessDiedError)
      expect(error.cause).toMatchObject(death)
    }
    expect(() => executor.submit(tasks.same, 1)).toThrow(BrokenPoolError)
    expect(() => executor.map(tasks.same, [1])).toThrow(BrokenPoolError)
    await expectPromptly(executor.shutdown())
    expect(() => executor.submit(tasks.same, 1)).toThrow(BrokenPoolError)
  })

  test.each(['replace', 'break'] as const)(
    'while the executor is shut down: that ends, and the future tells (E22), onCrash %s',
    async (onCrash) => {
      const executor = new ProcessPoolExecutor({ maxWorkers: 1, kind, onCrash })
      const dead = how === 'is killed' ? executor.submit(tasks.crash, 100) : executor.submit(tasks.exit, 1, 100)
      const after = executor.submit(tasks.same, 'after')
      await expectPromptly(executor.shutdown())
      const type = onCrash === 'break' ? BrokenPoolError : WorkerDiedError
      await expect(dead.result()).rejects.toThrow(type)
      if (onCrash === 'break') await expect(after.result()).rejects.toThrow(BrokenPoolError)
      else expect(await after).toBe('after')
    },
  )
})

describe.each(kinds)('a $kind that ends', ({ kind }) => {
  test('while its result is put together fails that task alone (E20)', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, kind, stdio: 'ignore' })
    const exit = executor.submit(tasks.fatalResult, 'exit')
    expect(await errorOf(exit)).toMatchObject({ name: 'WorkerDiedError', exitCode: 7, task: 'fatalResult' })
    if (kind === 'process') {
      const abort = executor.submit(tasks.fatalResult, 'abort')
      expect(await errorOf(abort)).toMatchObject({ name: 'WorkerDiedError', signal: 'SIGABRT' })
    }
    expect(await executor.submit(tasks.same, 'next')).toBe('next')
  })

  test('while the arguments are put together there fails that task alone', async () => {
    const { Trap } = await import('./fixtures/future-tasks.mjs')
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, kind, stdio: 'ignore' })
    await executor.submit(tasks.arm)
    const trapped = executor.submit(tasks.same, new Trap('exit'))
    expect(await errorOf(trapped)).toMatchObject({ name: 'WorkerDiedError', exitCode: 9 })
    expect(await executor.submit(tasks.same, 'next')).toBe('next')
  })

  test('with an error outside of every task tells what it was', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, kind, stdio: 'ignore' })
    const error = await errorOf(executor.submit(tasks.failOutside))
    expect(error).toMatchObject({ name: 'WorkerDiedError', exitCode: 1 })
    expect(error.message).toMatch(/failOutside|outside of everything/)
  })
})

describe('a process that is killed', () => {
  test('while it has nothing to do breaks an executor that is to break', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, kind: 'process', onCrash: 'break' })
    process.kill(await executor.submit(tasks.pid), 'SIGKILL')
    // Whether it is submitted before or after that is known, it fails of it.
    const fate = async () => {
      for (;;) await executor.submit(tasks.sleep, 5)
    }
    expect(await errorOf(fate())).toBeInstanceOf(BrokenPoolError)
    await executor.shutdown()
  })

  test('while it has nothing to do is replaced, and nobody notices', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, kind: 'process' })
    const pid = await executor.submit(tasks.pid)
    process.kill(pid, 'SIGKILL')
    const next = await executor.submit(tasks.pid).result({ timeout: 20_000 })
    expect(next).not.toBe(pid)
  })

  test('one after the other before they are ready: the executor gives up', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, kind: 'process', initializer: tasks.exit, initargs: [3] })
    const error = await errorOf(executor.submit(tasks.pid))
    expect([error.name, error.cause]).toEqual(['BrokenPoolError', expect.any(ProcessDiedError)])
    await executor.shutdown()
  })
})

// Eight mebibytes: far more than any pipe holds.
describe('a big argument (G44)', () => {
  const text = 'x'.repeat(8 * 1024 * 1024)

  test('that was half written when its worker was killed is written again, to another', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, kind: 'process' })
    const pid = await executor.submit(tasks.pid)
    // It reads nothing any more, and so does not take what it is sent.
    process.kill(pid, 'SIGSTOP')
    const future = executor.submit(tasks.lengthOf, text)
    await expect(future.result({ timeout: 200 })).rejects.toThrow('was not done')
    expect(future.running()).toBe(false)
    process.kill(pid, 'SIGKILL')
    expect(await future).toBe(text.length)
  })

  test('or fails, where a death is to break the executor, and that can be shut down', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, kind: 'process', onCrash: 'break' })
    const pid = await executor.submit(tasks.pid)
    process.kill(pid, 'SIGSTOP')
    const future = executor.submit(tasks.lengthOf, text)
    await expect(future.result({ timeout: 200 })).rejects.toThrow('was not done')
    process.kill(pid, 'SIGKILL')
    await expect(future.result()).rejects.toThrow(BrokenPoolError)
    await expectPromptly(executor.shutdown())
  })

  test('can be written as it should to the others, when each kills its worker', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 2, kind: 'process' })
    const futures = range(6).map(() => executor.submit(tasks.crashWith, text))
    const last = executor.submit(tasks.lengthOf, text)
    for (const future of futures) expect(await errorOf(future)).toMatchObject({ task: 'crashWith', signal: 'SIGKILL' })
    expect(await last).toBe(text.length)
    await expectPromptly(executor.shutdown())
  })
})
