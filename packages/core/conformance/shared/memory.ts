import { ClosedError, FileExistsError, FileNotFoundError, Queue, SharedMemory, ValueError } from '@millrace/core'
import { createMemory } from '@millrace/core/internal'
import { expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'

const text = (bytes: Uint8Array) => String.fromCharCode(...bytes)
const bytesOf = (word: string) => Uint8Array.from(word, (character) => character.charCodeAt(0))

let names = 0
const newName = () => `block-${++names}`

/** Named blocks, seen from two contexts. */
export function sharedBlocks(places: Places): void {
  test('have a name and a size, and are the same through every handle (H6)', async () => {
    const name = newName()
    const block = await SharedMemory.open({ name, create: true, size: 512 })
    expect([block.name, block.size]).toEqual([name, 512])
    expect(String(block)).toBe(`SharedMemory("${name}", size=512)`)
    expect(block.buf.length).toBe(512)
    block.buf[0] = 42
    const same = await SharedMemory.open({ name, size: 20 * 512 })
    expect([same.size, same.buf[0]]).toEqual([512, 42])
    same.close()
    expect(() => same.buf).toThrow(ClosedError)
    expect(block.buf[0]).toBe(42)
  })

  test('a name of its own that is taken is not noticed (H6)', async () => {
    const [taken, free] = [newName(), newName()]
    const first = await createMemory(undefined, 8, () => taken)
    const tried: string[] = []
    const second = await createMemory(undefined, 8, () => {
      tried.push(tried.length === 0 ? taken : free)
      return tried.at(-1)!
    })
    expect([first.name, second.name, tried]).toEqual([taken, free, [taken, free]])
  })

  test.each([
    [{ create: true, size: -2 }, ValueError],
    [{ create: true, size: 0 }, ValueError],
    [{ create: true }, ValueError],
    [{ create: true, size: 1.5 }, ValueError],
    [{}, ValueError],
    [{ name: 'nobody has that' }, FileNotFoundError],
  ] as const)('cannot be opened with %j (H7)', async (options, error) => {
    await expect(SharedMemory.open(options)).rejects.toThrow(error)
  })

  test('a name cannot be taken twice, nor given up twice (H7)', async () => {
    const name = newName()
    const block = await SharedMemory.open({ name, create: true, size: 8 })
    await expect(SharedMemory.open({ name, create: true, size: 8 })).rejects.toThrow(FileExistsError)
    await block.unlink()
    await expect(block.unlink()).rejects.toThrow(FileNotFoundError)
    await expect(SharedMemory.open({ name })).rejects.toThrow(FileNotFoundError)
    const next = await SharedMemory.open({ name, create: true, size: 8 })
    expect(next.buf).toEqual(new Uint8Array(8))
  })

  test('are written by name and by handle elsewhere, and read here (H9)', async () => {
    const name = newName()
    const block = await SharedMemory.open({ name, create: true, size: 5 })
    await places.one.run('writeByName', block, name, bytesOf('howdy'))
    expect(text(block.buf)).toBe('howdy')
    await places.two.run('writeBytes', block, bytesOf('HELLO'))
    expect(text(block.buf)).toBe('HELLO')
  })

  test('to send one is to send its name: after unlink() it is refused where it arrives (H8)', async () => {
    const block = await SharedMemory.open({ create: true, size: 6 })
    await places.one.run('writeBytes', block, bytesOf('newval'))
    expect(text(block.buf)).toBe('newval')
    const carrier = new Queue<SharedMemory>()
    await carrier.put(block)
    await block.unlink()
    await expect(places.two.run('takeAndWrite', carrier, bytesOf('oldval'))).rejects.toThrow(FileNotFoundError)
    // Who had it keeps it.
    await places.one.run('writeBytes', block, bytesOf('oldval'))
    expect(text(block.buf)).toBe('oldval')
  })

  test('last as long as anybody has them, whoever goes first (G34)', async () => {
    const name = newName()
    const block = await SharedMemory.open({ name, create: true, size: 4 })
    const victim = await places.start()
    await victim.run('keepOpen', block)
    await places.one.run('keepOpen', block)
    await victim.kill()
    block.close()
    await places.one.run('writeBytes', block, bytesOf('kept')).catch(() => {})
    const again = await SharedMemory.open({ name })
    expect(again.size).toBe(4)
    again.close()
    await places.one.run('letGo')
    await expect(SharedMemory.open({ name })).rejects.toThrow(FileNotFoundError)
  })
}
