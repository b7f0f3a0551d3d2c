import { NotSharedError, ProtocolError } from '../errors.ts'
import { HEADER_BYTES } from './lock-word.ts'
import type { KeptBlock } from './runs.ts'

/** Turns a part of the arena into memory, where that works. */
export type MapMemory = (position: number, size: number) => ArrayBuffer | undefined

/** The memory as the hub sees it. */
export interface Backing {
  readonly header: Int32Array
  readonly bytes: Uint8Array
  /** What a context can be given to share it, where that is how. */
  readonly buffers: readonly ArrayBufferLike[]
}

/** @throws NotSharedError where the hub cannot reach it */
export function backByArena(map: MapMemory, position: number, size: number): Backing {
  const header = map(position, HEADER_BYTES)
  const bytes = map(position + HEADER_BYTES, size)
  if (header === undefined || bytes === undefined)
    throw new NotSharedError('the main program cannot reach this shared memory: koffi does not work there')
  return { header: new Int32Array(header), bytes: new Uint8Array(bytes), buffers: [] }
}

/** @throws ProtocolError unless the block is as large as the memory and the words ahead of it */
export function checkBlock(block: KeptBlock, size: number): void {
  if (block.size !== HEADER_BYTES + size) throw new ProtocolError('shared memory of the wrong size')
}

/** Shared where the platform has that, so that others can be given it. */
export function newBuffer(size: number): ArrayBufferLike {
  return typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(size) : new SharedArrayBuffer(size)
}

export function backBy(buffers: readonly ArrayBufferLike[], size: number): Backing {
  const [header, bytes] = buffers
  if (header?.byteLength !== HEADER_BYTES || bytes?.byteLength !== size || buffers.length !== 2)
    throw new ProtocolError('shared memory of the wrong size')
  return { header: new Int32Array(header), bytes: new Uint8Array(bytes), buffers }
}
