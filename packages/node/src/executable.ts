import { fileURLToPath } from 'node:url'

let chosen = process.execPath

/** The program that runs child processes: this Node, unless `setExecutable` chose another. */
export function executable(): string {
  return chosen
}

/**
 * Chooses the Node that child processes run on: Python's `set_executable`.
 *
 * @param path the file, as a string, its bytes, or a `file:` URL
 * @throws TypeError if it is none of these
 */
export function setExecutable(path: string | Uint8Array | URL): void {
  if (path instanceof URL) chosen = fileURLToPath(path)
  else if (path instanceof Uint8Array) chosen = Buffer.from(path).toString()
  else if (typeof path === 'string' && path !== '') chosen = path
  else throw new TypeError(`setExecutable() takes a path, not ${String(path)}`)
}
