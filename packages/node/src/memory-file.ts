import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'

/** Where files are memory. */
const FOLDER = '/dev/shm'

/**
 * Opens a file that is memory only and has no name: whoever is to share it inherits its descriptor, and it is gone with
 * the last of them, however that ends. Undefined where there is no such file system, or not that much room.
 *
 * @param size bytes, all 0, for which it has room for certain
 */
export function openMemoryFile(size = 0): number | undefined {
  const name = `${FOLDER}/millrace-${crypto.randomUUID()}`
  let fd: number | undefined
  try {
    fd = openSync(name, 'wx+', 0o600)
    unlinkSync(name)
    if (size > 0 && writeSync(fd, Buffer.alloc(size)) !== size) throw new Error('no room')
    return fd
  } catch {
    if (fd !== undefined) closeSync(fd)
    return undefined
  }
}
