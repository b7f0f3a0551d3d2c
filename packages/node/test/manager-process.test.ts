import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { AuthenticationError, EncodeError, Manager, ManagerDiedError, Process, Queue, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { observe, timed } from '../../core/conformance/observed.ts'
import { allGone, eventually, isRunning, runProgram } from './processes.ts'

const tasks = taskModule<typeof import('./fixtures/manager-tasks.mjs')>(
  new URL('./fixtures/manager-tasks.mjs', import.meta.url),
)

const started = (options = {}) => new Manager({ process: true, ...options }).start()

describe('the process of a manager', () => {
  test('a busy parent delays nobody else', async () => {
    await using manager = await started()
    const map = manager.map<string, number>()
    const children = [1, 2].map(() => new Process(tasks.slowestUpdate, { args: [map, 2_000] }).start())
    await eventually('both at work', async () => ((await map.get('n')) ?? 0) > 20)
    const began = Date.now()
    while (Date.now() - began < 3_000);
    const slowest = await Promise.all(children.map((child) => child.result))
    expect(Math.max(...slowest)).toBeLessThan(2_000)
    expect(await map.get('n')).toBe(4_000)
  })

  test('its death settles every pending call at once, and every later one (G27)', async () => {
    const manager = await started()
    const [map, queue] = [manager.map<string, number>([['n', 1]]), manager.queue<number>()]
    const ready = new Queue<string>()
    const child = new Process(tasks.waitFor, { args: [queue, ready] }).start()
    await ready.get()
    const pending = [queue.get(), manager.queue({ maxsize: 1 }).get(), queue.get({ timeout: 60_000 })].map(observe)
    await map.set('n', 2)
    process.kill(manager.pid!, 'SIGKILL')
    const [results, ms] = await timed(Promise.allSettled(pending.map(({ promise }) => promise)))
    expect(ms).toBeLessThan(30_000)
    for (const result of (results as PromiseFulfilledResult<Array<PromiseRejectedResult>>).value)
      expect(result.reason).toMatchObject({ _tag: 'ManagerDiedError', signal: 'SIGKILL', exitCode: -9 })
    await expect(map.get('n')).rejects.toThrow(ManagerDiedError)
    await expect(queue.put(1)).rejects.toThrow(ManagerDiedError)
    await expect(manager.list([1]).length()).rejects.toThrow(ManagerDiedError)
    expect(await child.result).toBe('ManagerDiedError')
    expect(manager.exitCode).toBe(-9)
    expect(existsSync(dirname(manager.address!))).toBe(false)
    await manager.shutdown()
  })

  test('a program waits for it, and takes it along, however it ends', async () => {
    for (const args of [[], ['leave']]) {
      const program = runProgram('manager-alone.mjs', { args })
      expect(await program.ended).toMatchObject({ code: 0, stdout: '[1,2]\n', stderr: '' })
    }
    const program = runProgram('manager-alone.mjs', { args: ['hang'] })
    await program.line()
    const [pid, address] = await program.line<[number, string]>()
    program.child.kill('SIGKILL')
    await allGone([pid])
    await eventually('removed by the next one', async () => {
      await using _next = await started()
      return !existsSync(dirname(address))
    })
  })

  test('listens in a folder that only this user can enter, and removes it', async () => {
    const manager = await started()
    const folder = dirname(manager.address!)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    await manager.shutdown()
    expect(existsSync(folder)).toBe(false)
    expect(manager.exitCode).toBe(0)
    await eventually('gone', async () => !(await isRunning(manager.pid ?? 0)) || manager.pid === undefined)
  })

  test('what was left by who was killed is removed by the next one', async () => {
    const stale = mkdtempSync(join(tmpdir(), 'millrace-manager-4194999-'))
    chmodSync(stale, 0o700)
    await using _manager = await started()
    expect(existsSync(stale)).toBe(false)
  })

  test('a path that is too long for a socket is refused, with a way out', async () => {
    const before = process.env.TMPDIR
    process.env.TMPDIR = `/tmp/${'x'.repeat(100)}`
    try {
      expect(() => new Manager({ process: true, address: `/tmp/${'y'.repeat(108)}` })).toThrow(/at most 107 bytes/)
      const long = mkdtempSync('/tmp/millrace-')
      process.env.TMPDIR = long
      const deep = join(long, 'z'.repeat(80))
      const { mkdirSync } = await import('node:fs')
      mkdirSync(deep)
      process.env.TMPDIR = deep
      await expect(started()).rejects.toThrow(/TMPDIR/)
      expect(readdirSync(deep)).toEqual([])
      rmSync(long, { recursive: true })
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    }
  })

  test('a handle of the program’s own cannot go there, and a manager’s lives on in the program’s queues', async () => {
    await using manager = await started()
    const list = manager.list<unknown>()
    await expect(list.append(new Queue())).rejects.toThrow(EncodeError)
    await expect(manager.queue().put(new Queue())).rejects.toThrow(/make it with the manager/)
    const queue = new Queue()
    await queue.put(manager.list(['nobody else holds this']))
    globalThis.gc?.()
    const got = (await queue.get()) as typeof list
    expect(await got.slice()).toEqual(['nobody else holds this'])
  })
})

describe('who connects', () => {
  test('by address and key, from another process, gets what was published (M7)', async () => {
    await using manager = await started({ address: { host: '127.0.0.1', port: 0 } })
    expect(manager.address).toMatch(/^tcp:127\.0\.0\.1:\d+$/)
    const queue = manager.queue()
    await manager.publish('queue', queue)
    const child = new Process(tasks.connectAndPut, { args: [manager.address!, manager.authKey] }).start()
    await child.join()
    expect(child.exitCode).toBe(0)
    const again = await Manager.connect(manager.address!, { authKey: manager.authKey })
    const same = await again.get<typeof queue>('queue')
    const items: unknown[] = []
    for (let i = 0; i < 8; i++) items.push(await same.get())
    expect(items).toEqual(['hello', null, true, 2.25, 'passé', 'привіт', new Uint8Array([0, 255]), 'EncodeError'])
  })

  test('with another key is refused, and so is whoever finds nobody there', async () => {
    await using manager = await started()
    expect(await new Process(tasks.connectWrongly, { args: [manager.address!] }).start().result).toBe(
      'AuthenticationError',
    )
    await expect(Manager.connect(manager.address!, { authKey: 'wrong' })).rejects.toThrow(AuthenticationError)
    await expect(Manager.connect('/tmp/millrace-nobody', { authKey: 'any' })).rejects.toThrow(ManagerDiedError)
    expect(await manager.list([1]).length()).toBe(1)
  })

  test('a manager starts anew at the address of one that was shut down (M8)', async () => {
    const first = await started({ address: { host: '127.0.0.1', port: 0 }, authKey: 'key' })
    const { address } = first
    await first.list([1]).length()
    await first.shutdown()
    for (const authKey of ['key', 'another key']) {
      await using second = await started({ address, authKey })
      expect(second.address).toBe(address)
      expect(await second.list([1, 2]).length()).toBe(2)
    }
  })

  test('a socket that a killed manager left at a path is no hindrance', async () => {
    const folder = mkdtempSync('/tmp/millrace-')
    const address = join(folder, 'socket')
    const first = await started({ address })
    await expect(started({ address })).rejects.toThrow(/EADDRINUSE/)
    process.kill(first.pid!, 'SIGKILL')
    await eventually('dead', async () => first.exitCode !== null)
    expect(existsSync(address)).toBe(true)
    await using second = await started({ address })
    expect(await second.list([1]).length()).toBe(1)
    await second.shutdown()
    rmSync(folder, { recursive: true })
  })
})

describe('strangers', () => {
  const stranger = async (address: string): Promise<Socket> => {
    const socket = connect(address)
    socket.on('error', () => {})
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.resume()
    return socket
  }
  const closed = (socket: Socket) =>
    new Promise((resolve) => (socket.closed ? resolve(0) : socket.once('close', resolve)))

  test('who says nothing is dropped after the time that it has', async () => {
    await using manager = await started({ handshakeTimeout: 100 })
    const silent = await stranger(manager.address!)
    const slow = await stranger(manager.address!)
    slow.write(Buffer.of(81, 1, 2))
    await Promise.all([closed(silent), closed(slow)])
    expect(await manager.list([1]).length()).toBe(1)
  })

  test('who sends garbage is dropped, however much, and nobody else notices', async () => {
    await using manager = await started({ handshakeTimeout: 500 })
    const list = manager.list([1])
    for (const garbage of [
      Buffer.alloc(1_000_000, 0x4d),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(82, 81),
      Buffer.of(0),
    ]) {
      const socket = await stranger(manager.address!)
      socket.write(garbage)
      await closed(socket)
    }
    expect(await list.length()).toBe(1)
  })

  test('however many wait at the door, whoever knows the key gets in', async () => {
    await using manager = await started({ handshakeTimeout: 60_000 })
    const sockets = await Promise.all(Array.from({ length: 200 }, () => stranger(manager.address!)))
    const child = new Process(tasks.append, { args: [manager.list<unknown>([1]), 2] }).start()
    await child.join()
    expect(child.exitCode).toBe(0)
    await closed(sockets[0]!)
    for (const socket of sockets) socket.destroy()
  })
})
