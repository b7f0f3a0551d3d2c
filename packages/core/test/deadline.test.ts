import { beforeEach, describe, expect, test } from 'vitest'
import { TimeoutError } from '../src/errors.ts'
import type { WaitOptions } from '../src/lessee.ts'
import { ensureRange } from '../src/runtime.ts'
import { SharedArray } from '../src/shared-array.ts'
import { SharedList } from '../src/shared-list.ts'
import { SharedMap } from '../src/shared-map.ts'
import { SharedStruct } from '../src/shared-struct.ts'
import { SharedValue } from '../src/shared-value.ts'
import { OneContext } from './one-context.ts'

type Change = (old: number) => number | Promise<number>

/** Something that holds a number, which is replaced by what a function makes of it. */
interface Updated {
  update(change: Change, options?: WaitOptions): Promise<unknown>
  get(): Promise<unknown>
}

let program: OneContext
beforeEach(() => {
  program = new OneContext()
  // The owners of locks are called by it.
  ensureRange(program.root)
})

const makers: ReadonlyArray<readonly [name: string, make: () => Updated]> = [
  [
    'SharedMap',
    () => {
      const map = new SharedMap([['n', 1]])
      return { update: (change, options) => map.update('n', (n = 0) => change(n), options), get: () => map.get('n') }
    },
  ],
  [
    'SharedList',
    () => {
      const list = new SharedList([1])
      return { update: (change, options) => list.update(0, change, options), get: () => list.get(0) }
    },
  ],
  [
    'SharedValue',
    () => {
      const value = new SharedValue('i', 1)
      return { update: (change, options) => value.update(change, options), get: () => value.get() }
    },
  ],
  [
    'SharedArray',
    () => {
      const array = new SharedArray('i', [1])
      return { update: (change, options) => array.update(0, change, options), get: () => array.get(0) }
    },
  ],
  [
    'SharedStruct',
    () => {
      const struct = new SharedStruct({ n: 'i' }, { n: 1 })
      const { n } = struct.fields
      return {
        update: (change, options) => struct.update(async (old) => ({ n: await change(old.n) }), options),
        get: () => n.get(),
      }
    },
  ],
]

const never = () => new Promise<never>(() => {})

describe.each(makers)('an update of a %s', (_name, make) => {
  test('that takes too long rejects in time, changes nothing, and leaves it to others', async () => {
    const updated = program.make(make)
    let finish = (_value: number) => {}
    const slow = new Promise<number>((resolve) => {
      finish = resolve
    })
    const update = updated.update(() => slow, { timeout: 100 })
    expect(await program.now(update)).toBe('pending')
    await program.clock.advance(99)
    expect(await program.now(update)).toBe('pending')
    await program.clock.advance(1)
    expect(await program.now(update)).toBeInstanceOf(TimeoutError)
    finish(7)
    expect(await program.now(updated.get())).toBe(1)
    await program.now(updated.update((old) => old + 1))
    expect(await program.now(updated.get())).toBe(2)
    expect(program.clock.timers).toBe(0)
  })

  test('is given up at once when its signal is aborted, also while the function runs', async () => {
    const updated = program.make(make)
    const controller = new AbortController()
    const update = updated.update(never, { signal: controller.signal })
    expect(await program.now(update)).toBe('pending')
    controller.abort(new Error('had enough'))
    await expect(update).rejects.toThrow('had enough')
    const late = updated.update(() => 5, { signal: controller.signal })
    await expect(late).rejects.toThrow('had enough')
    expect(await program.now(updated.get())).toBe(1)
  })

  test('in time is as one without a timeout, and no timer is left', async () => {
    const updated = program.make(make)
    const { signal } = new AbortController()
    for (const options of [{ timeout: 100, signal }, { timeout: 2 ** 40 }, { timeout: 0 }, { timeout: -1 }])
      await program.now(updated.update(async (old) => old + 1, options))
    expect(await program.now(updated.get())).toBe(5)
    expect(program.clock.timers).toBe(0)
  })

  test('whose function throws rejects with that', async () => {
    const updated = program.make(make)
    const thrown = [
      () => {
        throw new RangeError('no')
      },
      () => Promise.reject(new RangeError('no')),
    ]
    for (const change of thrown)
      expect(await program.now(updated.update(change, { timeout: 100 }))).toBeInstanceOf(RangeError)
    expect(program.clock.timers).toBe(0)
  })
})

describe.each(makers.slice(2))('the lock of a %s', (_name, make) => {
  test('is waited for as long as that, and not at all with a timeout of 0', async () => {
    const updated = program.make(make)
    let finish = (_value: number) => {}
    const long = updated.update(
      () =>
        new Promise((resolve) => {
          finish = resolve
        }),
    )
    expect(await program.now(long)).toBe('pending')
    expect(await program.now(updated.update((old) => old, { timeout: 0 }))).toBeInstanceOf(TimeoutError)
    const second = updated.update((old) => old + 10, { timeout: 50 })
    const third = updated.update((old) => old + 100, { timeout: 1_000 })
    expect(await program.now(second)).toBe('pending')
    await program.clock.advance(50)
    expect(await program.now(second)).toBeInstanceOf(TimeoutError)
    finish(2)
    await program.allNow([long, third])
    expect(await program.now(updated.get())).toBe(102)
  })
})

describe('a map whose key somebody else has reserved', () => {
  test('is waited for as long as that, and not at all with a timeout of 0', async () => {
    const map = program.make(() => new SharedMap([['n', 0]]))
    // Loses three times, and holds the key then.
    let calls = 0
    const holder = map.update('n', async (n = 0) => {
      if (++calls > 3) return never()
      await map.set('n', n)
      return n
    })
    expect(await program.now(holder)).toBe('pending')
    expect(calls).toBe(4)
    expect(await program.now(map.update('n', () => 1, { timeout: 0 }))).toBeInstanceOf(TimeoutError)
    const update = map.update('n', () => 1, { timeout: 100 })
    expect(await program.now(update)).toBe('pending')
    await program.clock.advance(100)
    expect(await program.now(update)).toBeInstanceOf(TimeoutError)
  })

  test('getOrInsert sets nothing that comes too late', async () => {
    const map = program.make(() => new SharedMap<string, number>())
    const made = map.getOrInsert('k', never, { timeout: 100 })
    expect(await program.now(made)).toBe('pending')
    await program.clock.advance(100)
    expect(await program.now(made)).toBeInstanceOf(TimeoutError)
    expect(await program.now(map.has('k'))).toBe(false)
    expect(await program.now(map.getOrInsert('k', async () => 3, { timeout: 100 }))).toBe(3)
    expect(program.clock.timers).toBe(0)
  })
})
