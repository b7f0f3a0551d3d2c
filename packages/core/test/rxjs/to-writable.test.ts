import { Writable } from 'node:stream'
import { firstValueFrom, lastValueFrom, map, take, tap } from 'rxjs'
import { describe, expect, test, vi } from 'vitest'
import { BrokenPipeError } from '../../src/errors.ts'
import { from } from '../../src/rxjs/from.ts'
import { toWritable } from '../../src/rxjs/to-writable.ts'
import { Endless } from './rig.ts'

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 1))

/** A stream with room for two, that is told when it may take another. */
function slowNode() {
  const taken: number[] = []
  let next = () => {}
  const write = (item: number, _: unknown, done: () => void) => {
    taken.push(item)
    next = done
  }
  return { stream: new Writable({ objectMode: true, highWaterMark: 2, write }), taken, next: () => next() }
}

function slowWeb() {
  const taken: number[] = []
  let next = () => {}
  const write = (item: number) => {
    taken.push(item)
    return new Promise<void>((resolve) => {
      next = resolve
    })
  }
  return { stream: new WritableStream<number>({ write }, { highWaterMark: 2 }), taken, next: () => next() }
}

describe.each([
  ['Node', slowNode],
  ['Web', slowWeb],
] as const)('toWritable with a %s stream', (_, make) => {
  test('asks for an item when the stream has room, and tells how many it was once that has ended', async () => {
    const numbers = new Endless()
    const { stream, taken, next } = make()
    let counted: number | undefined
    const result = lastValueFrom(from(numbers).pipe(take(6), toWritable<number>(stream as Writable)))
    result.then((count) => {
      counted = count
    })
    await turn()
    expect(taken).toEqual([0])
    // One is being written, one waits in the stream, and one for that.
    expect(numbers.given).toBeLessThanOrEqual(3)
    for (let i = 0; i < 6; i++) {
      expect(counted).toBeUndefined()
      next()
      await turn()
    }
    expect(taken).toEqual([0, 1, 2, 3, 4, 5])
    expect(await result).toBe(6)
  })

  test('has written everything when somebody leaves at the count', async () => {
    const { stream, taken, next } = make()
    let counted: number | undefined
    const result = firstValueFrom(from([0, 1, 2]).pipe(toWritable<number>(stream as Writable)))
    result.then((count) => {
      counted = count
    })
    for (let i = 0; i < 3; i++) {
      await turn()
      expect(counted).toBeUndefined()
      next()
    }
    expect(await result).toBe(3)
    expect(taken).toEqual([0, 1, 2])
    if (stream instanceof Writable) expect(stream.writableFinished).toBe(true)
    else await stream.getWriter().closed
  })

  test('ends the source and the stream when it is left', async () => {
    const numbers = new Endless()
    const { stream, next } = make()
    const subscription = from(numbers)
      .pipe(toWritable<number>(stream as Writable))
      .subscribe()
    await turn()
    subscription.unsubscribe()
    next()
    await turn()
    expect(numbers.ended).toBe(1)
    if (stream instanceof Writable) expect(stream.destroyed).toBe(true)
    else await expect(stream.getWriter().closed).rejects.toBeUndefined()
  })
})

test('toWritable fails with what a stream fails of, and ends the source', async () => {
  const failing = new Writable({ objectMode: true, write: (_item, _encoding, done) => done(new Error('disk full')) })
  const numbers = new Endless()
  await expect(lastValueFrom(from(numbers).pipe(toWritable<number>(failing)))).rejects.toThrow('disk full')
  expect(numbers.ended).toBe(1)
  const broken = new WritableStream<number>({
    write() {
      throw new Error('disk full')
    },
  })
  const others = new Endless()
  await expect(lastValueFrom(from(others).pipe(toWritable(broken)))).rejects.toThrow('disk full')
  expect(others.ended).toBe(1)
})

test('toWritable passes on what the source fails of, and destroys the stream', async () => {
  const { stream } = slowNode()
  const failing = from([1, 2]).pipe(
    map((n) => {
      if (n === 2) throw new Error('no')
      return n
    }),
    toWritable<number>(stream),
  )
  const result = lastValueFrom(failing)
  await expect(result).rejects.toThrow('no')
  expect(stream.destroyed).toBe(true)
})

describe('toWritable with a Node stream fails with what becomes of it', () => {
  const counted = (stream: Writable) => lastValueFrom(from([1, 2]).pipe(toWritable<number>(stream)))

  test('in its last write, or when it is to end', async () => {
    const no = new Error('no')
    const last = new Writable({ objectMode: true, write: (n, _, done) => setTimeout(done, 1, n === 2 ? no : null) })
    const values: number[] = []
    await expect(
      lastValueFrom(
        from([1, 2]).pipe(
          toWritable<number>(last),
          tap((n) => values.push(n)),
        ),
      ),
    ).rejects.toThrow('no')
    expect(values).toEqual([])
    const ending = new Writable({ write: (_item, _, done) => done(), objectMode: true, final: (done) => done(no) })
    await expect(counted(ending)).rejects.toThrow('no')
    await turn()
  })

  test('when it is destroyed before, in the midst, or at its end', async () => {
    const before = slowNode().stream.destroy()
    await expect(counted(before)).rejects.toThrow(BrokenPipeError)
    const midst = new Writable({ objectMode: true, highWaterMark: 1, write: () => midst.destroy() })
    await expect(counted(midst)).rejects.toThrow(BrokenPipeError)
    const end = new Writable({ objectMode: true, write: (_item, _, done) => done(), final: () => end.destroy() })
    await expect(counted(end)).rejects.toThrow()
  })
})

describe.each(['stdout', 'stderr'] as const)('toWritable to process.%s', (name) => {
  test('leaves it open when everything is written, and when it is left', async () => {
    const { stream, taken, next } = slowNode()
    const standard = vi.spyOn(process, name, 'get').mockReturnValue(stream as never)
    try {
      let counted: number | undefined
      const result = firstValueFrom(from([1, 2]).pipe(toWritable<number>(stream)))
      result.then((count) => {
        counted = count
      })
      // What marks the end is written as well.
      for (let i = 0; i < 3; i++) {
        await turn()
        expect(counted).toBeUndefined()
        next()
      }
      expect(await result).toBe(2)
      from([3]).pipe(toWritable<number>(stream)).subscribe().unsubscribe()
      expect(stream.writable).toBe(true)
      expect([stream.listenerCount('error'), stream.listenerCount('close')]).toEqual([0, 0])
      expect(taken).toEqual([1, 2, '', 3])
    } finally {
      standard.mockRestore()
    }
  })
})
