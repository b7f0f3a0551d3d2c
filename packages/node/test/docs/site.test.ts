import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { thorough } from '../../../core/test/thorough.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const site = `${root}node_modules/.site`
afterAll(() => rmSync(site, { recursive: true, force: true }))

/** What a program printed, and how it ended. */
async function run(...args: string[]): Promise<{ code: number; printed: string }> {
  const options = { cwd: root, timeout: 250_000, maxBuffer: 2 ** 26 }
  const ran = promisify(execFile)(process.execPath, args, options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error) => error as { code: number; stdout: string; stderr: string },
  )
  const { code, stdout, stderr } = await ran
  return { code, printed: `${stdout}${stderr}` }
}

describe.runIf(thorough(true, false))('the documentation site', () => {
  it('is built without a warning, from symbols that all have a word of their own', { timeout: 300_000 }, async () => {
    const { code, printed } = await run('scripts/docs.mjs', '--out', site)
    expect(printed).not.toMatch(/warning|error\b/)
    expect(code).toBe(0)
  })

  it('has no broken link', { timeout: 300_000 }, async () => {
    const { code, printed } = await run(
      'examples/crawler/dist/main.js',
      site,
      ...['--depth', '99', '--max-pages', '100000', '--timeout', '60000'],
    )
    expect(printed).toContain('No broken links')
    expect(Number(/: ([\d,]+) pages/.exec(printed)?.[1]?.replace(',', ''))).toBeGreaterThan(150)
    expect(code).toBe(0)
  })
})
