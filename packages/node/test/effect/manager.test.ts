import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { ManagerDiedError } from '@millrace/node'
import { Manager } from '@millrace/node/effect'
import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import { expect, test } from 'vitest'
import { run } from './run.ts'

/** Takes connections and says nothing. */
const silent = Effect.acquireRelease(
  Effect.promise(async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return { server, sockets, address: { host: '127.0.0.1', port } }
  }),
  ({ server, sockets }) =>
    Effect.sync(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    }),
)

test('an interruption does not wait for a manager that does not answer', () =>
  run(
    'process',
    Effect.gen(function* () {
      const { server, sockets, address } = yield* silent
      const called = once(server, 'connection')
      const connecting = yield* Effect.forkChild(Effect.scoped(Manager.connect(address, { authKey: 'key' })))
      yield* Effect.promise(() => called)
      yield* Fiber.interrupt(connecting)
      // Nobody has given up yet.
      expect(sockets.every(({ readableEnded, destroyed }) => !readableEnded && !destroyed)).toBe(true)
    }),
  ))

test('a manager that is not there is told of in the error channel', () =>
  run(
    'process',
    Effect.gen(function* () {
      const { address } = yield* Effect.scoped(silent)
      const failed = yield* Effect.flip(Effect.scoped(Manager.connect(address, { authKey: 'key' })))
      expect(failed).toBeInstanceOf(ManagerDiedError)
    }),
  ))
