// Where the browser of the tests is, and how it gets there if there is none.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge']
const require = createRequire(import.meta.url)

/** How the tests start it: without what needs a display, a network or an account. */
const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
]

/** The options of Playwright's `launch`. @returns {{ args: string[], executablePath?: string }} */
export function launchOptions() {
  const executablePath = findBrowser()
  return { args: browserArguments, ...(executablePath === undefined ? {} : { executablePath }) }
}

/**
 * The browser's executable: what MILLRACE_CHROMIUM names, else one on the PATH, else the one that Playwright has fetched.
 * @returns {string | undefined}
 */
export function findBrowser() {
  const named = process.env.MILLRACE_CHROMIUM
  if (named) {
    if (isExecutable(named)) return named
    throw new Error(`MILLRACE_CHROMIUM is ${named}, which is no program that can be run`)
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name + suffix))).find(isExecutable)
  return found ?? fetched()
}

/** Has a browser installed if there is none: by the system's packages where that is possible, else by Playwright. */
export function ensureBrowser() {
  if (findBrowser() !== undefined) return
  console.error('The tests need Chromium, and there is none: installing it.')
  if (mayUseApt()) {
    run('apt-get', ['update'])
    run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'])
  }
  if (findBrowser() === undefined) run(process.execPath, [playwrightCli(), 'install', 'chromium'])
  if (findBrowser() !== undefined) return
  console.error(
    'Chromium could not be installed. Install it (apt-get install chromium, or npx playwright install chromium), or ' +
      'name the executable of Chromium, Chrome or Edge in MILLRACE_CHROMIUM.',
  )
  process.exit(1)
}

function fetched() {
  const path = require('playwright').chromium.executablePath()
  return existsSync(path) ? path : undefined
}

function playwrightCli() {
  return join(require.resolve('playwright/package.json'), '..', 'cli.js')
}

function mayUseApt() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Whether it worked is seen by what is there afterwards. @param {string} command @param {string[]} args */
function run(command, args) {
  spawnSync(command, args, { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}
