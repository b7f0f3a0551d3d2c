import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isQuick } from '../../../packages/core/test/thorough.ts'
import { folderWith, sizesOf } from './folder.ts'
import { endOf, reportOn, runWeigh, startWeigh } from './run-weigh.ts'

/** Files of a megabyte that take their time to be compressed. */
const megabytes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${String(n).padStart(3, '0')}`, randomBytes(1e6)]))

describe('weigh', () => {
  test('measures every file as zlib does and merges the files of a package', async () => {
    const text = 'a line that repeats\n'.repeat(5_000)
    const noise = randomBytes(70_000)
    const folder = await folderWith({
      'node_modules/plain/index.js': text,
      'node_modules/plain/lib/empty.js': '',
      'node_modules/@scope/name/data.bin': noise,
      'node_modules/.bin/plain': '#!/bin/sh\n',
    })
    const report = await reportOn(folder)
    expect(report).toMatchObject({ ...sizesOf(text, '', noise, '#!/bin/sh\n'), interrupted: false, unreadable: [] })
    expect(report.packages).toEqual([
      { name: 'plain', ...sizesOf(text, '') },
      { name: '@scope/name', ...sizesOf(noise) },
      { name: '(no package)', ...sizesOf('#!/bin/sh\n') },
    ])
    expect(report).toMatchObject({ folder, packageCount: 3, leftOut: 0, speedUp: null })
  })

  test("counts each file of pnpm's store once, however often it is linked", async () => {
    const folder = await folderWith({
      'node_modules/.pnpm/a@1.0.0/node_modules/a/index.js': 'a 1',
      'node_modules/.pnpm/a@2.0.0/node_modules/a/index.js': 'a two',
      'node_modules/.pnpm/@s+b@3.0.0_a@1.0.0/node_modules/@s/b/index.js': 'b, which needs a',
    })
    const modules = join(folder, 'node_modules')
    await symlink('.pnpm/a@1.0.0/node_modules/a', join(modules, 'a'), 'dir')
    await symlink('../../a@1.0.0/node_modules/a', join(modules, '.pnpm/@s+b@3.0.0_a@1.0.0/node_modules/a'), 'dir')
    await symlink('nowhere', join(modules, 'broken'))
    await symlink('..', join(modules, 'round'), 'dir')
    const report = await reportOn(modules)
    expect(report.packages).toEqual([
      { name: '@s/b@3.0.0', ...sizesOf('b, which needs a') },
      { name: 'a@2.0.0', ...sizesOf('a two') },
      { name: 'a@1.0.0', ...sizesOf('a 1') },
    ])
    expect(report).toMatchObject({ files: 3, leftOut: 4, unreadable: [] })
  })

  test.skipIf(isQuick)('gives the same result with any number of processes and any bound', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [`node_modules/p${n % 7}/${n}.js`, `${n} `.repeat(3 * n)]),
    )
    const folder = await folderWith(files)
    const { packages, ...total } = await reportOn(folder, '--processes', '1')
    expect(total).toMatchObject(sizesOf(...Object.values(files)))
    expect((await reportOn(folder, '--processes', '3', '--maxsize', '1')).packages).toEqual(packages)
    expect((await reportOn(folder, '--processes', '2', '--top', '2')).packages).toEqual(packages.slice(0, 2))
  })

  test.skipIf(isQuick)('compares one process with several on a sample', async () => {
    const files = Array.from({ length: 12 }, (_, n) => [`${n}`, randomBytes(2e5)])
    const folder = await folderWith(Object.fromEntries(files))
    const { stdout } = await runWeigh(folder, '--json', '--processes', '2', '--sample', '2')
    expect(JSON.parse(stdout).speedUp).toMatchObject({ bytes: 2e6, factor: expect.any(Number) })
    expect(JSON.parse(stdout).speedUp.factor).toBeGreaterThan(0)
  })

  test('prints a table and plain lines where there is no terminal', async () => {
    const folder = await folderWith({ 'node_modules/one/a.js': 'x'.repeat(2_000), 'node_modules/two/b.js': 'y' })
    const { exitCode, stdout, stderr } = await runWeigh(folder, '--top', '1')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/│ one +│ +1 │ +0\.002 │ +100\.0 % │/)
    expect(stdout).toMatch(/│ 1 lighter package +│ +1 │ +0\.000 │/)
    expect(stdout).toMatch(/│ all +│ +2 │/)
    expect(stdout).toContain('MB/s')
    expect(stdout).toContain('held back for')
    expect(stderr).toMatch(/^[\d.]+( of [\d.]+)? MB, \d files?\n/)
    for (const control of ['\u001b', '\r']) expect(stdout + stderr).not.toContain(control)
  })

  test('an empty folder weighs nothing', async () => {
    const folder = await folderWith({})
    expect(await reportOn(folder)).toMatchObject({ ...sizesOf(), packages: [], speedUp: null })
    expect((await runWeigh(folder)).stdout).toContain('0 files in 0 packages')
  })
})

describe('weigh reports and goes on', () => {
  test('when a file vanishes before the walk comes to it', async () => {
    const folder = await folderWith({ ...megabytes(20), 'z.js': 'the last one' })
    const program = startWeigh(folder, '--json', '--processes', '1', '--maxsize', '1', '--sample', '0')
    const end = endOf(program)
    // The first line says that something was measured; the walk has listed the folder and waits for the queue.
    await once(program.stderr, 'data')
    await rm(join(folder, 'z.js'))
    const { exitCode, stdout } = await end
    expect(exitCode).toBe(0)
    const report = JSON.parse(stdout)
    expect(report.unreadable).toEqual([{ path: join(folder, 'z.js'), reason: 'ENOENT' }])
    expect(report).toMatchObject({ files: 20, raw: 20e6 })
    expect(report.heldBackSeconds).toBeGreaterThan(0)
  })

  test.skipIf(process.getuid?.() === 0)('when a file or a folder may not be read', async () => {
    const folder = await folderWith({ 'a.js': 'open', 'b.js': 'shut' })
    await mkdir(join(folder, 'c'), { mode: 0 })
    await chmod(join(folder, 'b.js'), 0)
    const { unreadable, ...report } = await reportOn(folder)
    expect(unreadable.map(({ path, reason }) => [path, reason]).sort()).toEqual([
      [join(folder, 'b.js'), 'EACCES'],
      [join(folder, 'c'), 'EACCES'],
    ])
    expect(report).toMatchObject(sizesOf('open'))
  })

  test.skipIf(process.platform === 'win32')('when a path is longer than the system allows', async () => {
    const folder = await folderWith({ 'a.js': 'within reach' })
    // A shell can go step by step where no path leads. What it makes only a shell can remove.
    const sink = 'name=$(printf %0100d 0); for n in $(seq 50); do mkdir $name && cd $name || exit 0; done'
    await promisify(execFile)('sh', ['-c', sink], { cwd: folder })
    onTestFinished(async () => void (await promisify(execFile)('rm', ['-rf', folder])))
    const { unreadable, ...report } = await reportOn(folder)
    expect(unreadable.map(({ reason }) => reason)).toEqual(['ENAMETOOLONG'])
    expect(report).toMatchObject(sizesOf('within reach'))
  })
})

const MISTAKES = [
  ['--unknown'],
  ...(isQuick
    ? []
    : [
        ['--top', 'many'],
        ['--processes', '0'],
        ['one', 'two'],
      ]),
]

describe('weigh refuses, with a clear error and exit code', () => {
  test('a missing folder', async () => {
    const folder = join(await folderWith({}), 'missing')
    expect(await runWeigh(folder)).toEqual({ exitCode: 1, stdout: '', stderr: `weigh: no such folder: ${folder}\n` })
  })

  test('a file', async () => {
    const file = join(await folderWith({ file: '' }), 'file')
    expect(await runWeigh(file, '--json')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `weigh: not a folder: ${file}\n`,
    })
  })

  test.each(MISTAKES)('%s %s', async (...args) => {
    const { exitCode, stdout, stderr } = await runWeigh(...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(/^weigh: .+\nTry --help\.\n$/s)
  })

  test('nothing, when asked for help', async () => {
    const { exitCode, stdout } = await runWeigh('--help')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('--maxsize N')
  })
})
