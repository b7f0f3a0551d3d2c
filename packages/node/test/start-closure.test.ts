import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Process, taskModule } from '@millrace/node'
import { afterEach, describe, expect, test } from 'vitest'
import { kinds } from './kinds.ts'
import { runModule } from './processes.ts'

// Every start pays for what is loaded before the task module.

const tasks = taskModule<typeof import('./fixtures/loaded-tasks.mjs')>(
  new URL('./fixtures/loaded-tasks.mjs', import.meta.url),
)
const core = new URL('../../core/', import.meta.url)
const COMMON = ['child-core.cjs', 'child-node.cjs', 'code-cache.cjs', 'core-child.cjs', 'import-module.cjs']

afterEach(() => {
  delete process.env.NODE_DEBUG
})

describe.each(kinds)('a $kind', ({ kind }) => {
  const own = kind === 'process' ? ['child-main.cjs', 'child-program.cjs'] : ['thread-main.cjs', 'thread-program.cjs']

  test('loads these files and no others before its task module', async () => {
    const child = new Process(tasks.loaded, { kind }).start()
    const { files, builtins } = await child.result
    await child.join()
    // The test runner has its children load something, too.
    const names = files.filter((file) => !file.includes('/node_modules/vitest/')).map((file) => basename(file))
    expect(names.sort()).toEqual([...COMMON, ...own].sort())
    const dear = ['child_process', 'crypto', ...(kind === 'process' ? ['worker_threads', 'perf_hooks'] : [])]
    for (const name of dear) expect(builtins).not.toContain(`NativeModule ${name}`)
  })

  test('takes the compiled code of whoever started it', async () => {
    const child = new Process(tasks.tookCode, { kind }).start()
    expect(await child.result).toBe(true)
    await child.join()
  })
})

test('what is for require and imported has little text: Node reads all of it, slowly, for the names that it exports', () => {
  const folders = ['../../core/dist/', '../dist/'].map((path) => new URL(path, import.meta.url))
  const imported = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) => [...readFileSync(new URL(file, folder), 'utf8').matchAll(/^(?:im|ex)port .*"(.+)";$/gm)])
      .map(([, from]) => (from === '#child-core' ? './child-core.cjs' : from!))
      .filter((from) => from.endsWith('.cjs'))
      .map((from) => new URL(from, folder)),
  )
  const files = new Set(imported.map((file) => basename(file.pathname)))
  expect([...files].sort()).toEqual(['child-core.cjs', 'child-node.names.cjs'])
  for (const file of imported) expect(readFileSync(file, 'utf8').length).toBeLessThan(8_000)
})

test('where processes are started again and again, one adds what it has compiled, for those after it', async () => {
  const { stdout } = await runModule(`
    import { Process, taskModule } from '@millrace/node'
    const tasks = taskModule(new URL(${JSON.stringify(new URL('./fixtures/loaded-tasks.mjs', import.meta.url))}))
    const lengths = []
    for (let i = 0; i < 4; i++) {
      const child = new Process(tasks.codeLength).start()
      lengths.push(await child.result)
      await child.join()
    }
    console.log(JSON.stringify(lengths))
  `).ended
  const [first, second, third, fourth] = JSON.parse(stdout) as number[]
  expect(first).toBeGreaterThan(0)
  expect([second, fourth]).toEqual([first, third])
  expect(third).toBeGreaterThan(first! * 1.05)
})

test('a process imports nothing but its task module', async () => {
  process.env.NODE_DEBUG = 'esm'
  const child = new Process(tasks.loaded, { stdio: 'pipe' }).start()
  const log = text(child.stderr as Readable)
  await child.join()
  const modules = new Set((await log).match(/file:\/\/[^\s'"]+\.m?js\b/g))
  expect([...modules].map((url) => basename(url))).toEqual(['loaded-tasks.mjs'])
})

describe('what of the core a child loads', () => {
  const { sources } = JSON.parse(readFileSync(new URL('dist/child-core.cjs.map', core), 'utf8')) as {
    sources: string[]
  }
  const modules = new Set(sources.map((source) => source.replace(/^.*\/src\//, '')))

  test('is every class of handle, for any can arrive', () => {
    const source = fileURLToPath(new URL('src', core))
    const handles = readdirSync(source).filter(
      (file) => file.endsWith('.ts') && /^defineHandle\(/m.test(readFileSync(`${source}/${file}`, 'utf8')),
    )
    expect(handles.length).toBeGreaterThan(10)
    for (const handle of handles) expect(modules).toContain(handle)
  })

  test('is nothing that only whoever starts processes needs', () => {
    for (const module of modules)
      expect(module).not.toMatch(/^(futures|rxjs|effect)\/|^pool\.ts$|^pool\/crew|^manager\.ts$/)
  })
})
