import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Packed and installed packages; empty where a person waits. */
    installed: { readonly tarballs: readonly string[]; readonly full: string; readonly bare: string } | null
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const pnpm = ['--yes', 'pnpm@12.21.0']

/** With `CI` set: packs the packages, and installs them into two fresh projects, one of them with nothing optional. */
export default function setUp({ provide }: TestProject): (() => void) | undefined {
  if (process.env.CI === undefined) {
    console.warn('The packages are not packed and installed: that takes minutes, and is done where CI is set.')
    provide('installed', null)
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'millrace-packaging-'))
  for (const name of ['core', 'node', 'browser'])
    run('npx', [...pnpm, 'pack', '--pack-destination', folder], join(root, 'packages', name))
  const tarballs = readdirSync(folder).map((file) => join(folder, file))
  const peers = ['rxjs@7', 'effect@4', '@types/node@20', 'tsx@4']
  const full = install(join(folder, 'full'), [...tarballs, ...peers])
  const bare = install(join(folder, 'bare'), [...tarballs.filter((file) => !/browser/.test(file)), '--omit=optional'])
  provide('installed', { tarballs, full, bare })
  return () => rmSync(folder, { recursive: true, force: true })
}

function install(folder: string, what: readonly string[]): string {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "name": "fresh", "private": true, "type": "module" }\n')
  run('npm', ['install', '--no-audit', '--no-fund', ...what], folder)
  return folder
}

/** Runs a program to its end; throws what it wrote if that was no good one. */
export function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 300_000 })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} exits with ${status}:\n${stdout}\n${stderr}`)
  return stdout
}
