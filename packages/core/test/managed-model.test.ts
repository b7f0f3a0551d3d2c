import { describe, expect, test } from 'vitest'
import { decode, encodeAlone } from '../src/codec.ts'
import { Context } from '../src/context.ts'
import { memoryTransports } from '../src/memory-transport.ts'
import { SharedList } from '../src/shared-list.ts'
import { SharedMap } from '../src/shared-map.ts'
import { OneContext } from './one-context.ts'
import { Random } from './random.ts'
import { thorough } from './thorough.ts'

/** A handle as it arrives in another context of the same program, and how that context dies. */
function elsewhere<T>(program: OneContext, handle: T, path: string): { readonly handle: T; die(): void } {
  const { hub, context: here } = program.root
  const [near, far] = memoryTransports()
  hub!.attach(far)
  const context = new Context(path, near, here.turn, here.clock, here.maxFrame)
  const { bytes } = encodeAlone(handle)
  return { handle: decode(bytes, 0, bytes.length, context) as T, die: () => context.link.close() }
}

function take(model: Map<unknown, unknown>, key: unknown): unknown {
  const value = model.get(key)
  model.delete(key)
  return value
}

const seeds = Array.from({ length: thorough(40, 10) }, (_, i) => Number(process.env.MILLRACE_SEED ?? 1) + i)

describe.each(seeds)('from seed %i', (seed) => {
  test('a map does what a Map does, whoever does it', async () => {
    const random = new Random(seed)
    const program = new OneContext()
    const map = program.make(() => new SharedMap<number | string, unknown>())
    const handles = [map, elsewhere(program, map, 'a').handle, elsewhere(program, map, 'b').handle]
    const model = new Map<number | string, unknown>()
    const key = () => random.pick<number | string>([1, 2, '1', 'x', '消', 3.5])
    for (let step = 0; step < 60; step++) {
      const handle = random.pick(handles)
      const [k, v] = [key(), random.int(1000)]
      const had = () => model.get(k)
      const moves: Array<() => [did: Promise<unknown>, expected: unknown]> = [
        () => [handle.set(k, v), void model.set(k, v)],
        () => [handle.get(k), had()],
        () => [handle.delete(k), model.delete(k)],
        () => [handle.pop(k, 'none'), take(model, k) ?? 'none'],
        () => [handle.setDefault(k, v), (model.has(k) ? model : model.set(k, v)).get(k)],
        () => [handle.update(k, (n) => Number(n ?? 0) + 1), model.set(k, Number(had() ?? 0) + 1).get(k)],
        () => [handle.size(), model.size],
        () => [handle.keys(), [...model.keys()]],
        () => {
          const last = [...model].at(-1)
          if (last !== undefined) model.delete(last[0])
          return [handle.popItem().catch((error: Error) => error.name), last ?? 'KeyError']
        },
        () => [handle.has(k), model.has(k)],
      ]
      if (random.chance(0.03)) {
        model.clear()
        await program.now(handle.clear())
      }
      const [did, expected] = random.pick(moves)()
      expect(await program.now(did)).toEqual(expected)
      expect(await program.now(random.pick(handles).entries())).toEqual([...model])
    }
  })

  test('a list does what an array does, whoever does it', async () => {
    const random = new Random(seed)
    const program = new OneContext()
    const list = program.make(() => new SharedList<number>([3, 1, 2]))
    const handles = [list, elsewhere(program, list, 'a').handle, elsewhere(program, list, 'b').handle]
    const model = [3, 1, 2]
    for (let step = 0; step < 60; step++) {
      const handle = random.pick(handles)
      const [i, j, v] = [random.between(-8, 8), random.between(-8, 8), random.int(5)]
      const factor = random.int(model.length > 40 ? 2 : 3)
      const at = i < 0 ? i + model.length : i
      const there = at >= 0 && at < model.length
      const moves: Array<() => [did: Promise<unknown>, expected: unknown]> = [
        () => [handle.push(v, v + 1), model.push(v, v + 1)],
        () => [handle.insert(i, v), void model.splice(i, 0, v)],
        () => [handle.at(i), model.at(i)],
        () => [handle.slice(i, j), model.slice(i, j)],
        () => [handle.splice(i, Math.abs(j), v), model.splice(i, Math.abs(j), v)],
        () => [handle.pop(i).catch((error: Error) => error.name), there ? model.splice(at, 1)[0] : 'IndexError'],
        () => [
          handle.set(i, v).catch((error: Error) => error.name),
          there ? void model.splice(at, 1, v) : 'IndexError',
        ],
        () => [handle.indexOf(v, i), model.indexOf(v, i)],
        () => [handle.count(v), model.filter((each) => each === v).length],
        () => [handle.reverse(), void model.reverse()],
        () => [handle.sort(), void model.sort((a, b) => a - b)],
        () => [
          handle.imul(factor),
          void model.splice(
            0,
            model.length,
            ...Array<number[]>(factor)
              .fill([...model])
              .flat(),
          ),
        ],
      ]
      const [did, expected] = random.pick(moves)()
      expect(await program.now(did)).toEqual(expected)
      expect(await program.now(random.pick(handles).slice())).toEqual(model)
    }
  })

  test('no update is lost that was made, and none hangs, whoever dies meanwhile', async () => {
    const random = new Random(seed)
    const program = new OneContext()
    const map = program.make(() => new SharedMap<string, number>([['n', 0]]))
    const places = Array.from({ length: 4 }, (_, i) => ({ ...elsewhere(program, map, `p${i}`), alive: true }))
    let made = 0
    let under = 0
    const pending: Array<Promise<unknown>> = []
    for (let step = 0; step < 80; step++) {
      const place = random.pick(places)
      if (random.chance(0.02) && places.filter(({ alive }) => alive).length > 1) {
        place.alive = false
        place.die()
      } else if (place.alive) {
        under++
        const wait = random.int(4)
        const change = async (n = 0) => {
          for (let i = 0; i < wait; i++) await null
          return n + 1
        }
        pending.push(
          place.handle.update('n', change).then(
            () => made++,
            () => {},
          ),
        )
      }
      if (random.chance(0.3)) await program.clock.settle()
    }
    expect(await program.now(Promise.all(pending).then(() => 'all settled'))).toBe('all settled')
    const n = (await program.now(map.get('n'))) as number
    // Of those who died, some had written and were not told.
    expect(n).toBeGreaterThanOrEqual(made)
    expect(n).toBeLessThanOrEqual(under)
    if (places.every(({ alive }) => alive)) expect(n).toBe(under)
    // Nothing is left reserved.
    expect(await program.now(map.set('n', 0))).toBeUndefined()
  })

  test('items that are put in while others sort are neither lost nor doubled', async () => {
    const random = new Random(seed)
    const program = new OneContext()
    const list = program.make(() => new SharedList<number>())
    const handles = [list, elsewhere(program, list, 'a').handle, elsewhere(program, list, 'b').handle]
    const pending: Array<Promise<unknown>> = []
    for (let n = 0; n < 40; n++) {
      pending.push(random.pick(handles).insert(random.int(40), n), random.pick(handles).sort())
      if (random.chance(0.3)) await program.clock.settle()
    }
    await program.now(Promise.all(pending))
    expect(await program.now(list.sort())).toBeUndefined()
    expect(await program.now(list.slice())).toEqual(Array.from({ length: 40 }, (_, n) => n))
  })
})
