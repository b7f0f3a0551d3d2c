import { IndexError, RawArray, SharedArray, ValueError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'

const numbers = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831]
const sums = numbers.map((_, index) => numbers.slice(0, index + 1).reduce((a, b) => a + b))

/** Arrays, seen from two contexts. */
export function sharedArrays(places: Places): void {
  test('have a length, indexes and slices, and take a slice (H3)', async () => {
    const array = new SharedArray('i', numbers)
    expect([array.length, array.at(3), array.at(-1)]).toEqual([10, 821, 831])
    expect(array.slice(2, 7)).toEqual(numbers.slice(2, 7))
    await array.setAll([1, 2, 3, 4], 4)
    expect([...array]).toEqual([680, 626, 934, 821, 1, 2, 3, 4, 714, 831])
    expect(() => array.at(10)).toThrow(IndexError)
    await expect(array.set(10, 1)).rejects.toThrow(IndexError)
    await expect(array.setAll([1, 2, 3], 8)).rejects.toThrow(ValueError)
    expect(array.view).toBeInstanceOf(Int32Array)
  })

  test.each([
    ['with a lock', () => new SharedArray('i', numbers)],
    ['raw', () => new RawArray('i', numbers)],
  ])('are changed in place elsewhere, %s (H3)', async (_name, make) => {
    const array = make()
    await places.one.run('prefixSums', array)
    expect(await array.getAll()).toEqual(sums)
    expect(await places.two.run('call', array, 'getAll')).toEqual(sums)
  })

  test('of characters have a value that ends with the first NUL (H4)', async () => {
    const text = new SharedArray('c', 20)
    await text.setValue('hello')
    expect(await places.one.run('call', text, 'get', 4)).toBe('o')
    await places.one.run('call', text, 'setValue', 'hellohello')
    expect(text.value).toBe('hellohello')
    await expect(text.setValue('x'.repeat(21))).rejects.toThrow(ValueError)
    await expect(text.setValue('消息')).rejects.toThrow(TypeError)
  })

  test('of wide characters have a value of any characters, as many as are left', async () => {
    const text = new SharedArray('u', 6)
    await text.setValue('消息🦆')
    expect([text.value, text.at(2), text.view.length]).toEqual(['消息🦆', '🦆', 6])
    expect(await places.one.run('call', text, 'getValue')).toBe('消息🦆')
    await places.one.run('call', text, 'setValue', '🦆'.repeat(6))
    expect(text.value).toBe('🦆'.repeat(6))
    await expect(text.setValue('🦆'.repeat(7))).rejects.toThrow(ValueError)
    await expect(text.set(0, 'ab')).rejects.toThrow(TypeError)
    text.view[0] = 0xffff_ffff
    expect(text.at(0)).toBe('\ufffd')
    const numbers = new SharedArray('i', 1)
    expect(() => numbers.value).toThrow(TypeError)
    await expect(numbers.getValue()).rejects.toThrow(TypeError)
  })

  test('of doubles are doubled elsewhere (H4)', async () => {
    const array = new SharedArray('d', [0, 1 / 3, 2])
    for (const index of array.slice().keys()) await places.one.run('call', array, 'add', index, array.at(index))
    expect(await array.getAll()).toEqual([0, 2 / 3, 4])
  })

  test('larger than any piece that travels are whole elsewhere', async () => {
    const array = new SharedArray('uint16', 70_000)
    const ramp = Array.from({ length: 70_000 }, (_, index) => index % 65_536)
    await places.one.run('call', array, 'setAll', ramp)
    expect(await array.getAll()).toEqual(ramp)
  })

  describe('that are new', () => {
    test('are zero, also where the memory was used before (H3)', async () => {
      for (let round = 0; round < 3; round++) {
        const array = new SharedArray('i', 10)
        expect(await array.getAll()).toEqual(Array(10).fill(0))
        await places.one.run('call', array, 'setAll', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      }
    })
  })
}
