import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'
import { Pipe } from '../../src/effect/index.ts'
import {
  BrokenPipeError,
  BufferTooShortError,
  ClosedError,
  EmptyError,
  EndOfFileError,
  ValueError,
} from '../../src/errors.ts'
import { rest, run } from './run.ts'

describe('a pipe of Effects', () => {
  test('gives one end what the other sends, until the end of file', () =>
    run(
      Effect.gen(function* () {
        const [a, b] = yield* Pipe.make<string>()
        yield* Pipe.send(a, 'one')
        yield* Pipe.sendAll(b, ['two', 'three'])
        expect(yield* Pipe.recv(b)).toBe('one')
        expect(yield* Pipe.recv(a)).toBe('two')
        expect(yield* Pipe.poll(a)).toBe(true)
        yield* Pipe.close(b)
        expect(yield* Pipe.recv(a)).toBe('three')
        expect(yield* Effect.flip(Pipe.recv(a))).toBeInstanceOf(EndOfFileError)
        expect(yield* Effect.flip(Pipe.send(a, 'four'))).toBeInstanceOf(BrokenPipeError)
        expect(yield* Effect.flip(Pipe.recv(b))).toBeInstanceOf(ClosedError)
      }),
    ))

  test('receives nothing when recv is interrupted or late', () =>
    run(
      Effect.gen(function* () {
        const [a, b] = yield* Pipe.make<number>()
        expect(yield* Effect.flip(Pipe.recv(a, { timeout: 1 }))).toBeInstanceOf(EmptyError)
        const waiting = yield* Effect.forkChild(Pipe.recv(a))
        yield* rest
        yield* Fiber.interrupt(waiting)
        yield* Pipe.send(b, 1)
        expect(yield* Pipe.recv(a)).toBe(1)
      }),
    ))

  test('receives no bytes where recvBytes loses a race, or they are too long or a value', () =>
    run(
      Effect.gen(function* () {
        const [a, b] = yield* Pipe.make<unknown>()
        const [c, d] = yield* Pipe.make<unknown>()
        for (const end of [a, c]) yield* Pipe.sendBytes(end, new Uint8Array(3))
        yield* rest
        expect(yield* Effect.race(Pipe.recvBytes(b), Pipe.recvBytes(d))).toEqual(new Uint8Array(3))
        expect(yield* Pipe.poll(d)).toBe(true)
        expect(yield* Effect.flip(Pipe.recvBytes(d, { maxlength: -1 }))).toBeInstanceOf(ValueError)
        yield* Pipe.send(a, 'a value')
        expect(yield* Effect.flip(Pipe.recvBytes(b))).toBeInstanceOf(ValueError)
        expect(yield* Pipe.recv(b)).toBe('a value')
        expect(yield* Effect.flip(Pipe.recvBytes(d, { maxlength: 2 }))).toBeInstanceOf(BufferTooShortError)
      }),
    ))

  test('tells an end that sends nothing from one that receives nothing', () =>
    run(
      Effect.gen(function* () {
        const [reader, writer] = yield* Pipe.make<number>({ duplex: false })
        yield* Pipe.send(writer, 1)
        expect(yield* Pipe.recv(reader)).toBe(1)
        const refused = yield* Effect.flip(Pipe.recv(writer))
        expect(refused).toBeInstanceOf(ValueError)
        expect(refused.message).toContain('cannot receive')
        const stream = yield* Effect.flip(Stream.runDrain(Pipe.stream(writer)))
        expect(stream).toBeInstanceOf(ValueError)
        expect(stream.message).toContain('cannot receive')
        yield* Pipe.send(writer, 2)
        expect(yield* Pipe.recv(reader)).toBe(2)
      }),
    ))

  test('is a stream until the end of file, and a sink with backpressure', () =>
    run(
      Effect.gen(function* () {
        const [reader, writer] = yield* Pipe.make<number>({ duplex: false, maxsize: 2 })
        yield* Stream.range(1, 10).pipe(
          Stream.run(Pipe.sink(writer)),
          Effect.andThen(Pipe.close(writer)),
          Effect.forkChild,
        )
        expect(yield* Pipe.stream(reader, { chunkSize: 3 }).pipe(Stream.runCollect)).toEqual([
          1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
        ])
      }),
    ))

  test('carries bytes', () =>
    run(
      Effect.gen(function* () {
        const [a, b] = yield* Pipe.make()
        yield* Pipe.sendBytes(a, new Uint8Array([1, 2, 3]))
        expect(yield* Pipe.recvBytes(b)).toEqual(new Uint8Array([1, 2, 3]))
        yield* Pipe.sendBytes(a, new Uint8Array(9))
        const long = yield* Effect.flip(Pipe.recvBytes(b, { maxlength: 4 }))
        expect(long._tag).toBe('BufferTooShortError')
      }),
    ))

  test('has both ends closed by the end of its scope', async () => {
    const [a, b] = await run(Pipe.make<number>())
    expect([a.closed, b.closed]).toEqual([true, true])
  })
})
