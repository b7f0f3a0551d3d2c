import {
  FileNotFoundError,
  ManagerClosedError,
  ShareableList,
  SharedMemory,
  SharedMemoryManager,
  ValueError,
} from '@millrace/core'
import { expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'

const started = () => new SharedMemoryManager().start()

/** Managers of shared memory, whose blocks others open by name. */
export function memoryManagers(places: Places): void {
  test('make nothing before they are started, and are started once (H11)', async () => {
    const manager = new SharedMemoryManager()
    await expect(manager.sharedMemory(32)).rejects.toThrow(ValueError)
    await expect(manager.shareableList([1])).rejects.toThrow(ValueError)
    await manager.start()
    await expect(manager.start()).rejects.toThrow(ValueError)
    await expect(manager.sharedMemory(0)).rejects.toThrow(ValueError)
  })

  test('make blocks and lists that are found by name, until they are shut down (H11)', async () => {
    const manager = await started()
    const lists = await Promise.all(Array.from({ length: 5 }, (_, i) => manager.shareableList([i, 1, 2, 3, 4])))
    const blocks = await Promise.all(Array.from({ length: 6 }, (_, i) => manager.sharedMemory(32 + 16 * i)))
    for (const [i, { shm }] of lists.entries())
      expect(await places.one.run('getByName', lists[0]!, shm.name)).toEqual([i, 1, 2, 3, 4])
    for (const { name, size } of blocks) expect((await SharedMemory.open({ name })).size).toBe(size)
    await manager.shutdown()
    for (const { name } of [...blocks, ...lists.map(({ shm }) => shm)])
      await expect(SharedMemory.open({ name })).rejects.toThrow(FileNotFoundError)
    await expect(places.one.run('getByName', lists[0]!, lists[1]!.shm.name)).rejects.toThrow(FileNotFoundError)
    // Who has one keeps it.
    expect(await lists[2]!.getAll()).toEqual([2, 1, 2, 3, 4])
  })

  test('make nothing after they are shut down, and may be shut down twice', async () => {
    const manager = await started()
    const coming = manager.sharedMemory(8)
    await manager.shutdown()
    await manager.shutdown()
    await expect(coming).rejects.toThrow(ManagerClosedError)
    await expect(manager.sharedMemory(8)).rejects.toThrow(ManagerClosedError)
    await expect(manager.start()).rejects.toThrow(ManagerClosedError)
  })

  test('keep a block that everybody has closed, and let go of one that is unlinked', async () => {
    await using manager = await started()
    const [kept, unlinked] = [await manager.shareableList(['kept']), await manager.sharedMemory(8)]
    kept.shm.close()
    expect(await (await ShareableList.open({ name: kept.shm.name })).getAll()).toEqual(['kept'])
    await unlinked.unlink()
    await expect(SharedMemory.open({ name: unlinked.name })).rejects.toThrow(FileNotFoundError)
  })

  test('are shut down when their scope ends (H11)', async () => {
    let name = ''
    {
      await using manager = await started()
      name = (await manager.sharedMemory(16)).name
      expect((await SharedMemory.open({ name })).size).toBe(16)
    }
    await expect(SharedMemory.open({ name })).rejects.toThrow(FileNotFoundError)
  })
}
