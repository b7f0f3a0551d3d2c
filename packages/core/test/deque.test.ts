import { expect, test } from 'vitest'
import { Deque } from '../src/deque.ts'
import { Random } from './random.ts'

test('a deque does what a plain array does, whatever comes in whatever order', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new Random(seed)
    const deque = new Deque<number>()
    const array: number[] = []
    const growth = random.next()
    for (let i = 0; i < 400; i++) {
      expect(step(deque, array, random, growth, i), `seed ${seed}`).toBe(true)
      expect(deque.length).toBe(array.length)
      expect(deque.peek()).toBe(array[0])
      expect(deque.peekLast()).toBe(array.at(-1))
    }
    expect([...deque]).toEqual(array)
  }
})

/** The same step on both; whether both answered alike. */
function step(deque: Deque<number>, array: number[], random: Random, growth: number, value: number): boolean {
  const front = random.chance(0.5)
  if (random.chance(growth)) {
    if (front) deque.unshift(value)
    else deque.push(value)
    if (front) array.unshift(value)
    else array.push(value)
    return true
  }
  if (random.chance(0.01)) {
    deque.clear()
    array.length = 0
    return true
  }
  return front ? deque.shift() === array.shift() : deque.pop() === array.pop()
}

test('an empty deque has neither a first nor a last', () => {
  const deque = new Deque<number>()
  for (let i = 0; i < 20; i++) deque.push(i)
  while (deque.shift() !== undefined);
  expect([deque.length, deque.peek(), deque.peekLast(), deque.pop(), deque.shift()]).toEqual([0, ...Array(4)])
})
