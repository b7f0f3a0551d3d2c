import { sep } from 'node:path'

/** The row of files that lie in no package, such as `node_modules/.modules.yaml`. */
export const NO_PACKAGE = '(no package)'

/**
 * Names the package that the file at `path` belongs to, as seen from `folder` (both absolute): `chalk`, `@types/node`,
 * `a/node_modules/b` for a copy nested in `a`, and `chalk@5.4.1` in pnpm's store, where all copies of one version count
 * together whatever their peers.
 */
export function packageOf(path: string, folder: string): string {
  const names = packagePath(path.split(sep))
  const from = folder.split(sep)
  let known = 0
  while (known < names.length - 1 && (names[known] === from[known] || names[known] === 'node_modules')) known += 1
  return names.slice(known).join('/') || NO_PACKAGE
}

/** The segments up to the innermost package, pnpm's `.pnpm/<store name>/node_modules/<name>` folded into one. */
function packagePath(segments: string[]): string[] {
  const names: string[] = []
  let end = 0
  for (let at = 0; at < segments.length - 1; at += 1) {
    names.push(segments[at]!)
    if (segments[at] !== 'node_modules') continue
    const store = segments[at + 1] === '.pnpm' && segments[at + 3] === 'node_modules' ? segments[at + 2] : undefined
    const start = store === undefined ? at + 1 : at + 4
    const name = packageName(segments, start)
    if (name === undefined) continue
    names.push(store === undefined ? name : withVersion(name, store))
    end = names.length
    at = start + (name.includes('/') ? 1 : 0)
  }
  return names.slice(0, end)
}

/** The package name that starts at `start`, unless what lies there is the file itself or a tool's own (`.bin`, `.cache`). */
function packageName(segments: string[], start: number): string | undefined {
  const [first, second] = segments.slice(start, -1)
  if (first === undefined || first.startsWith('.')) return undefined
  if (!first.startsWith('@')) return first
  return second === undefined ? undefined : `${first}/${second}`
}

/** `@types/node` in the store folder `@types+node@20.19.43_peers` is `@types/node@20.19.43`. */
function withVersion(name: string, store: string): string {
  const prefix = `${name.replace('/', '+')}@`
  return store.startsWith(prefix) ? `${name}@${store.slice(prefix.length).split(/[_(]/)[0]}` : name
}
