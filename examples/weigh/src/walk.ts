import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Something in a folder whose size nobody can tell, and why. */
export interface Unreadable {
  path: string
  /** The system's code, such as `EACCES`. */
  reason: string
}

/** What a walk meets. Links, sockets and other things that are not regular files are left out, and counted. */
export type Entry =
  | { kind: 'file'; path: string; size: number }
  | { kind: 'left-out' }
  | ({ kind: 'unreadable' } & Unreadable)

/**
 * Every file below `folder`, each once: symbolic links are not followed, so a package that pnpm links from ten places
 * is met where it lies and nowhere else. A folder that cannot be read is an entry, not an error.
 *
 * Nothing is looked at before it is asked for: whoever stops asking holds the walk back.
 */
export async function* walk(folder: string): AsyncGenerator<Entry> {
  const folders = [folder]
  for (let here = folders.pop(); here !== undefined; here = folders.pop()) {
    const inside: string[] = []
    try {
      const entries = await readdir(here, { withFileTypes: true })
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = join(here, entry.name)
        if (entry.isDirectory()) inside.push(path)
        else yield entry.isFile() ? await look(path) : { kind: 'left-out' }
      }
    } catch (error) {
      yield { kind: 'unreadable', ...unreadable(here, error) }
    }
    folders.push(...inside.reverse())
  }
}

async function look(path: string): Promise<Entry> {
  try {
    return { kind: 'file', path, size: (await lstat(path)).size }
  } catch (error) {
    return { kind: 'unreadable', ...unreadable(path, error) }
  }
}

export function unreadable(path: string, error: unknown): Unreadable {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return { path, reason: typeof code === 'string' ? code : String(error) }
}
