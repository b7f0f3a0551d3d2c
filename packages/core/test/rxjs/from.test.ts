import { Readable } from 'node:stream'
import { concat, lastValueFrom, of, Subject, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Pipe } from '../../src/pipe.ts'
import { forEach } from '../../src/rxjs/for-each.ts'
import { from } from '../../src/rxjs/from.ts'
import { fromConnection } from '../../src/rxjs/from-connection.ts'
import { fromQueue } from '../../src/rxjs/from-queue.ts'
import { OneContext } from '../one-context.ts'
import { Endless, Sink } from './rig.ts'

function stream() {
  const start = (to: ReadableStreamDefaultController<string>) => {
    to.enqueue('a')
    to.enqueue('b')
    to.close()
  }
  return new ReadableStream<string>({ start })
}

/** Tells of its error by itself, in a while. */
function failedStream(): AsyncIterable<number> {
  const failing = new Readable({ objectMode: true, read() {} })
  setTimeout(() => failing.destroy(new Error('no')))
  return failing
}

/** As older browsers have them. */
function readerOnly() {
  const inner = stream()
  return { getReader: () => inner.getReader() } as ReadableStream<string>
}

describe('from emits what there is in', () => {
  async function* asynchronous() {
    yield 'a'
    yield 'b'
  }
  const inputs = {
    'an array': () => ['a', 'b'],
    'an iterable': () => new Set(['a', 'b']),
    'an async iterable': asynchronous,
    'a Node stream': () => Readable.from(['a', 'b']),
    'a Web stream': stream,
    'a Web stream that is no async iterable': readerOnly,
    'an Observable': () => of('a', 'b'),
  }
  for (const [name, make] of Object.entries(inputs))
    test(name, async () => {
      expect(await lastValueFrom(from(make()).pipe(toArray()))).toEqual(['a', 'b'])
      const all: string[] = []
      expect(await lastValueFrom(from(make()).pipe(forEach((item) => void all.push(item))))).toBe(2)
      expect(all).toEqual(['a', 'b'])
    })

  test('a promise', async () => {
    expect(await lastValueFrom(from(Promise.resolve(7)).pipe(toArray()))).toEqual([7])
    await expect(lastValueFrom(from(Promise.reject(new Error('no'))))).rejects.toThrow('no')
  })
})

describe('from asks for no item before there is room for it, and', () => {
  test('takes them one by one from an iterator', async () => {
    const numbers = new Endless()
    const sink = new Sink<number>().open(from(numbers), 2)
    await sink.program.clock.settle()
    expect(numbers.given).toBe(2)
    await sink.next()
    expect(sink.taken).toEqual([0, 1, 2, 3])
    sink.close()
    expect(numbers.ended).toBe(1)
  })

  test('ends the iterator that is left early, also within the first item', async () => {
    const numbers = new Endless()
    expect(await lastValueFrom(from(numbers).pipe(take(1)))).toBe(0)
    expect(numbers.ended).toBe(1)
  })

  test('ends a Node stream that is left early', async () => {
    const readable = Readable.from(new Endless())
    await lastValueFrom(from(readable as AsyncIterable<number>).pipe(take(3)))
    await new Promise((resolve) => readable.once('close', resolve))
    expect(readable.destroyed).toBe(true)
  })

  test('ends a Node stream that is left before anything was asked of it', async () => {
    const readable = Readable.from(new Endless())
    const sink = new Sink<number>().open(concat(of(1), from(readable as AsyncIterable<number>)))
    sink.close()
    expect(readable.destroyed).toBe(true)
  })

  test('tells what a Node stream or a promise fails of before anything was asked of it, and only then', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    try {
      for (const make of [failedStream, () => Promise.reject(new Error('no'))]) {
        const sink = new Sink<number>().open(concat(of(1), from(make())))
        await new Promise((resolve) => setTimeout(resolve, 5))
        expect(sink.state).toBe('open')
        await sink.next()
        await new Promise((resolve) => setTimeout(resolve, 5))
        expect(sink.state).toEqual({ error: new Error('no') })
      }
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  test('cancels a Web stream that is left early', async () => {
    const cancelled = new Subject<unknown>()
    const reason = lastValueFrom(cancelled)
    const endless = new ReadableStream<number>(
      {
        pull: (to) => to.enqueue(1),
        cancel: () => {
          cancelled.next('cancelled')
          cancelled.complete()
        },
      },
      { highWaterMark: 0 },
    )
    await lastValueFrom(from(endless).pipe(take(2)))
    expect(await reason).toBe('cancelled')
  })

  test('tells what the iterator throws, and calls it no more', async () => {
    const failing = {
      *[Symbol.iterator]() {
        yield 1
        throw new Error('broken')
      },
    }
    const seen: number[] = []
    const result = lastValueFrom(from(failing).pipe(forEach((item) => void seen.push(item))))
    await expect(result).rejects.toThrow('broken')
    expect(seen).toEqual([1])
  })

  test('lets others have the event loop where no stage is known', async () => {
    const program = new OneContext()
    const numbers = new Endless()
    const subscription = program.make(() => from(numbers).subscribe())
    expect(numbers.given).toBe(16)
    program.clock.endTurns()
    expect(numbers.given).toBe(32)
    subscription.unsubscribe()
    program.clock.endTurns()
    expect(numbers.given).toBe(32)
  })
})

describe('fromQueue', () => {
  test('leaves in the queue what nobody wants yet', async () => {
    const sink = new Sink<number>()
    const queue = sink.program.queue<number>({ maxsize: 10 })
    for (let i = 0; i < 5; i++) void queue.put(i)
    await sink.program.clock.settle()
    sink.open(fromQueue(queue), 2)
    await sink.program.clock.settle()
    expect(sink.taken).toEqual([0, 1])
    expect(await sink.program.now(queue.qsize())).toBe(3)
    await sink.next()
    expect(sink.taken).toEqual([0, 1, 2, 3])
    sink.close()
    expect(await sink.program.now(queue.get())).toBe(4)
  })

  test('goes on in the next turn when one has lasted long enough', async () => {
    const sink = new Sink<number>()
    const queue = sink.program.queue<number>()
    for (let i = 0; i < 300; i++) void queue.put(i)
    await sink.program.clock.settle()
    // Each look at the clock finds that the turn is over.
    sink.program.clock.cost = 2
    sink.open(fromQueue(queue), 300)
    await sink.program.clock.settle()
    expect(sink.taken.length).toBe(300)
  })

  test('completes when the queue is closed here', async () => {
    const sink = new Sink<number>()
    const queue = sink.program.queue<number>()
    void queue.put(1)
    sink.open(from(queue))
    await sink.drain()
    expect(sink.state).toBe('open')
    void queue.close()
    await sink.program.clock.settle()
    expect(sink.state).toBe('complete')
    expect(sink.taken).toEqual([1])
  })

  test('takes nothing once it is left', async () => {
    const sink = new Sink<number>()
    const queue = sink.program.queue<number>()
    sink.open(fromQueue(queue))
    await sink.program.clock.settle()
    sink.close()
    void queue.put(1)
    expect(await sink.program.now(queue.get())).toBe(1)
    expect(sink.taken).toEqual([])
  })
})

describe('fromConnection', () => {
  test('receives until the end of file', async () => {
    const sink = new Sink<number>()
    const [here, there] = sink.program.make(() => Pipe<number>({ duplex: false }))
    void there.send(1)
    void there.send(2)
    void there.close()
    sink.open(from(here))
    expect(await sink.drain()).toEqual([1, 2])
    expect(sink.state).toBe('complete')
  })

  test('fails where nothing can be received', async () => {
    const sink = new Sink<unknown>()
    const [, there] = sink.program.make(() => Pipe({ duplex: false }))
    sink.open(fromConnection(there))
    await sink.drain()
    expect(sink.state).toMatchObject({ error: { _tag: 'ValueError' } })
  })
})
