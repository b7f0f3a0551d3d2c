import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { runApart } from '../src/apart.ts'
import { takeTurns } from '../src/turns.ts'

const program = fileURLToPath(new URL('./fixtures/subject.mjs', import.meta.url))

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  process.exitCode = undefined
})

test.each(['hangs', 'ends before its child'])(
  'a subject that %s is killed with all that it started, is named, and holds up no other',
  async (how) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const measuring = takeTurns('round-trip', [how, 'answers'], 1, {
      measure: (subject) => runApart(program, [subject, String(port)], 1_000),
      describe: (answer) => answer.trim(),
    })
    const ends: Promise<unknown>[] = []
    while (ends.length < 2) {
      const [socket] = (await once(server, 'connection')) as [Socket]
      ends.push(new Promise((resolve) => socket.once('error', resolve).once('close', resolve)))
      socket.resume()
    }
    await vi.advanceTimersByTimeAsync(91_000)
    expect(await measuring).toEqual(new Map([['answers', ['42\n']]]))
    await Promise.all(ends)
    expect(told.mock.calls.flat()).toEqual([
      `FAILED ${how} in round-trip: it has not ended within 91 s, and was killed`,
      'round-trip 1/1 answers: 42',
    ])
    expect(process.exitCode).toBe(1)
    server.close()
  },
)

test('a subject that fails says with what exit code, and what it has printed does not count', async () => {
  await expect(runApart(program, ['fails'], 1_000)).rejects.toThrow('exit code 3')
})
