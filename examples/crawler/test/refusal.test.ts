import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folderWith, siteWith } from './fixture-site.ts'
import { runCrawler } from './run-crawler.ts'

describe('crawler refuses, with a clear error and exit code', () => {
  test('a missing folder, and a file', async () => {
    const folder = await folderWith({ file: '' })
    const [missing, file] = [join(folder, 'missing'), join(folder, 'file')]
    const refused = (message: string) => ({ exitCode: 1, stdout: '', stderr: `crawler: ${message}\n` })
    expect(await runCrawler(missing)).toEqual(refused(`no such folder: ${missing}`))
    expect(await runCrawler(file, '--json')).toEqual(refused(`not a folder: ${file}`))
  })

  test('a start page that cannot be reached', async () => {
    const { exitCode, stdout, stderr } = await runCrawler('http://127.0.0.1:1/', '--retries', '0')
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toContain('crawler: cannot start at http://127.0.0.1:1/: ')
  })

  test('a start page that is not there, or forbidden', async () => {
    const site = await siteWith({ '/robots.txt': (_, response) => response.end('User-agent: *\nDisallow: /no\n') })
    for (const [path, problem] of [
      ['gone', '404 Not Found'],
      ['no', 'robots.txt does not allow it'],
    ]) {
      const { exitCode, stdout, stderr } = await runCrawler(`${site.url}${path}`, '--json')
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
      expect(stderr).toContain(`crawler: cannot start at ${site.url}${path}: ${problem}\n`)
    }
  })

  test.each([
    ['--depth', '-1'],
    ['--depth', 'deep'],
    ['--depth=1.5'],
    ['--processes', '0'],
    ['--kind', 'fibre'],
    ['--timeout', '0'],
    ['--unknown'],
    ['one', 'two'],
  ])('%s %s', async (...args) => {
    const { exitCode, stdout, stderr } = await runCrawler(...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(/^crawler: .+\nTry --help\.\n$/s)
  })

  test('nothing, when asked for help', async () => {
    const { exitCode, stdout } = await runCrawler('--help')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('--per-host N')
  })
})
