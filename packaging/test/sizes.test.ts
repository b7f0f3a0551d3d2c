import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

const packages = fileURLToPath(new URL('../../packages', import.meta.url))
const limits = JSON.parse(readFileSync(new URL('../sizes.json', import.meta.url), 'utf8')) as Record<string, number>

/** So much less than its limit, and the limit says nothing any more. */
const SLACK = 0.15

const pages = ['', '/futures', '/rxjs', '/effect'].map((path) => ({
  what: `a page that imports @millrace/browser${path}, gzipped, without rxjs and effect`,
  size: () => bundled(`@millrace/browser${path}`),
}))
const children = [
  { what: 'what a child process loads before its task module', program: 'child' },
  { what: 'what a thread loads before its task module', program: 'thread' },
].map(({ what, program }) => ({ what, size: async () => loadedBy(program) }))
const scripts = [
  { what: 'the scripts of @millrace/core', size: async () => sizeOfScripts('core') },
  { what: 'the scripts of @millrace/node', size: async () => sizeOfScripts('node') },
  { what: 'the scripts of @millrace/browser', size: async () => sizeOfScripts('browser') },
]

test.each([...pages, ...children, ...scripts])(
  '$what: as many bytes as packaging/sizes.json allows',
  async ({ what, size }) => {
    const limit = limits[what]
    const bytes = await size()
    expect(limit, `packaging/sizes.json has no limit for it; it has ${bytes}`).toBeDefined()
    expect(bytes, 'it has grown: find out why, or raise the limit').toBeLessThanOrEqual(limit!)
    expect(bytes, 'it has shrunk: lower the limit').toBeGreaterThan(limit! * (1 - SLACK))
  },
)

describe('what a bundler makes of a page', () => {
  test('has what modules register when they are loaded, though nobody names them', async () => {
    const text = await code('import { Queue } from "@millrace/browser"; console.log(Queue)')
    for (const kind of ['queue', 'connection', 'shared-map', 'barrier', 'managed']) expect(text).toContain(`"${kind}"`)
  })

  test('has no rxjs and no effect', async () => {
    const text = await code('import "@millrace/browser"')
    expect(text).not.toMatch(/from\s*"(rxjs|effect)/)
  })
})

test('source maps lead to sources, which are installed too', () => {
  for (const name of ['core', 'node', 'browser']) {
    const dist = join(packages, name, 'dist')
    const all = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    const maps = all.filter((file) => /\.c?js\.map$/.test(file))
    for (const script of all.filter((file) => /\.c?js$/.test(file)))
      if (/sourceMappingURL/.test(readFileSync(join(dist, script), 'utf8')))
        expect(maps).toContain(script.replace('.script', '').concat('.map'))
    for (const map of maps) {
      const { sources } = JSON.parse(readFileSync(join(dist, map), 'utf8')) as { sources: string[] }
      const own = sources.filter((path) => !/node_modules|rolldown/.test(path))
      expect(own).not.toEqual([])
      for (const source of own) expect(statSync(join(dist, map, '..', source)).isFile()).toBe(true)
    }
  }
})

async function bundled(specifier: string): Promise<number> {
  return gzipSync(await code(`export * from "${specifier}"`)).length
}

async function code(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: packages },
    external: ['rxjs', 'effect', 'effect/*'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    write: false,
  })
  return outputFiles[0]!.text
}

/** See packages/node/test/start-closure.test.ts. */
function loadedBy(program: string): number {
  const node = [`${program}-main`, `${program}-program`, 'code-cache', 'child-node', 'import-module']
  const files = [...node.map((name) => `node/dist/${name}.cjs`), ...coreFiles]
  return files.reduce((sum, file) => sum + statSync(join(packages, file)).size, 0)
}

const coreFiles = ['child', 'child-core', 'child-core.script'].map((name) => `core/dist/${name}.cjs`)

function sizeOfScripts(name: string): number {
  const dist = join(packages, name, 'dist')
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => /\.c?js$/.test(file))
  return files.reduce((sum, file) => sum + statSync(join(dist, file)).size, 0)
}
