import { describe, expect, test } from 'vitest'
import { encode } from '../src/codec.ts'
import { difference } from './difference.ts'
import { Random } from './random.ts'
import { Money, Point, there, thereAmongOthers } from './there.ts'

describe('objects that occur twice', () => {
  test('are one object there as well', () => {
    const shared = { list: [1] }
    const [a, b, c] = there([shared, { inner: shared }, new Map([[shared, shared.list]])] as const)
    expect(a).toBe(b.inner)
    expect(c.get(a)).toBe(a.list)
  })

  test('may contain themselves, in every kind of container', () => {
    const object: Record<string, unknown> = {}
    const list: unknown[] = [object]
    const map = new Map<unknown, unknown>([['list', list]])
    const set = new Set<unknown>([map])
    const error = Object.assign(new Error('round'), { set })
    const point = new Point(1, error)
    Object.defineProperty(error, 'cause', { value: point, configurable: true, writable: true })
    Object.assign(object, { object, list, map, set, error, point })
    map.set(map, object)
    set.add(set)
    list.push(list)
    expect(difference(object, there(object))).toBeUndefined()
  })

  test('are one also far into a value of many objects', () => {
    const shared = { n: -1 }
    const many = Array.from({ length: 100 }, (_, n) => ({ n, other: n === 40 || n === 90 ? shared : null }))
    const received = there(many)
    expect(received[40]!.other).toBe(received[90]!.other)
    expect(difference(many, received)).toBeUndefined()
  })

  test('are looked for in any number of objects: many take no more room each than few', () => {
    const sizeOfEach = (count: number) => {
      const { start, end } = encode(Array.from({ length: count }, (_, n) => ({ n: n % 10, word: 'word' })))
      return (end - start) / count
    }
    expect(sizeOfEach(1_000)).toBeLessThan(1.05 * sizeOfEach(100))
  })

  test('keep their identity in 1,000 random graphs', () => {
    for (let seed = 1; seed <= 1_000; seed++) {
      const value = graphOf(new Random(seed))
      expect(difference(value, thereAmongOthers(value)), `seed ${seed}`).toBeUndefined()
    }
  })

  test('stay one when their class makes them anew', () => {
    const money = new Money(5)
    const [a, b, c] = there([money, { money }, [money]] as const)
    expect(a).toBeInstanceOf(Money)
    expect(a.cents).toBe(5)
    expect(b.money).toBe(a)
    expect(c[0]).toBe(a)
  })

  test('are complete before the class that makes them anew sees them', () => {
    const owner = { name: 'Ada', friends: [{ name: 'Bob' }] }
    const [first, money, second] = there([owner, new Money(7, owner), owner.friends] as const)
    expect(money.owner).toBe(first)
    expect(first.friends).toBe(second)
    expect(money.cents).toBe(7)
  })
})

/** Random containers that refer to each other as they like. */
function graphOf(random: Random): unknown {
  const made: unknown[] = []
  const pick = () => (made.length > 0 && random.chance(0.6) ? random.pick(made) : random.int(1_000))
  for (let i = random.between(2, 12); i > 0; i--) made.push(containerOf(random, pick))
  for (const each of made) {
    if (each instanceof Map) each.set(pick(), pick())
    else if (each instanceof Set) each.add(pick())
    else if (Array.isArray(each)) each.push(pick(), pick())
    else Object.assign(each as object, { more: pick() })
  }
  return made.at(-1)
}

function containerOf(random: Random, pick: () => unknown): unknown {
  switch (random.int(6)) {
    case 0:
      return [pick()]
    case 1:
      return new Map([[pick(), pick()]])
    case 2:
      return new Set([pick()])
    case 3:
      return new Point(1, pick())
    case 4:
      return Object.assign(new Error('e'), { of: pick() })
    default:
      return { of: pick() }
  }
}
