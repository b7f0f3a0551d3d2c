import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Batch, BLOCK, batchesOf } from '../src/batches.ts'
import { measureBatch } from '../src/measure.ts'
import { NO_PACKAGE } from '../src/packages.ts'
import { walk } from '../src/walk.ts'
import { folderWith, sizesOf } from './folder.ts'

async function everyBatchOf(folder: string): Promise<Batch[]> {
  const batches: Batch[] = []
  for await (const batch of batchesOf(walk(folder), () => {})) batches.push(batch)
  return batches
}

test('a file that vanishes between the walk and its turn is reported and the rest is measured', async () => {
  const folder = await folderWith({ 'a.js': 'kept', 'b.js': 'gone' })
  const [batch = []] = await everyBatchOf(folder)
  await rm(join(folder, 'b.js'))
  const { packages, unreadable } = measureBatch(batch, folder)
  expect(unreadable).toEqual([{ path: join(folder, 'b.js'), reason: 'ENOENT' }])
  expect(packages.get(NO_PACKAGE)).toEqual(sizesOf('kept'))
})

test('a file that has become a folder is reported', async () => {
  const folder = await folderWith({ 'a/b.js': 'b' })
  const { unreadable } = measureBatch([{ path: join(folder, 'a'), offset: 0, length: 1 }], folder)
  expect(unreadable).toEqual([{ path: join(folder, 'a'), reason: 'EISDIR' }])
})

test('a large file is cut into blocks, a full batch into the next, and no byte is lost', async () => {
  const large = Buffer.alloc(2 * BLOCK + 1, 'large ')
  const small = Object.fromEntries(Array.from({ length: 130 }, (_, n) => [`small/${n}.js`, 'x'.repeat(n)]))
  const folder = await folderWith({ 'large.bin': large, ...small })
  const batches = await everyBatchOf(folder)
  // The last byte of the large file shares a batch with small ones.
  expect(batches.map((batch) => batch.length)).toEqual([1, 1, 64, 64, 3])
  const measured = batches.map((batch) => measureBatch(batch, folder).packages.get(NO_PACKAGE))
  const raw = measured.reduce((sum, sizes) => sum + (sizes?.raw ?? 0), 0)
  const files = measured.reduce((sum, sizes) => sum + (sizes?.files ?? 0), 0)
  expect({ raw, files }).toEqual({ raw: large.length + (129 * 130) / 2, files: 131 })
  const blocks = [large.subarray(0, BLOCK), large.subarray(BLOCK, 2 * BLOCK)]
  expect(measured[0]).toEqual(sizesOf(blocks[0]!))
  expect(measured[1]).toEqual({ ...sizesOf(blocks[1]!), files: 0 })
})

test('a file that has shrunk since the walk is as long as it is now', async () => {
  const folder = await folderWith({ 'a.js': 'short' })
  const { packages } = measureBatch([{ path: join(folder, 'a.js'), offset: 0, length: 1_000 }], folder)
  expect(packages.get(NO_PACKAGE)).toEqual(sizesOf('short'))
})
