// Installs and builds whatever is out of date, and nothing else: `npm start` and `npm test` run it first; the tests
// also need a browser (`--browser`).
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const pnpm = 'pnpm@12.21.0'
const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = `${root}node_modules/.millrace-setup`

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Millrace needs Node 20.19 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

const lock = createHash('sha256')
  .update(readFileSync(`${root}pnpm-lock.yaml`))
  .digest('hex')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  run('npx', ['--yes', pnpm, 'install', '--frozen-lockfile'])
  writeFileSync(stamp, lock)
}
run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-b'])
run(process.execPath, [`${root}scripts/bundle.mjs`])
if (process.argv.includes('--browser')) (await import('./browser.mjs')).ensureBrowser()

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const shell = process.platform === 'win32'
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
