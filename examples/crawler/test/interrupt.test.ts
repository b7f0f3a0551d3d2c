import { describe, expect, test } from 'vitest'
import { isQuick } from '../../../packages/core/test/thorough.ts'
import { type Answer, linking, siteWith } from './fixture-site.ts'
import { stillRunning, workersOf } from './processes.ts'
import { endOf, pagesOf, startCrawler } from './run-crawler.ts'

/** A page that answers when it is told to, and tells when it is asked for. */
function held(html: string) {
  let ask = () => {}
  let release = () => {}
  const asked = new Promise<void>((resolve) => {
    ask = resolve
  })
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const answer: Answer = async (_, response) => {
    ask()
    await released
    response.setHeader('content-type', 'text/html').end(html)
  }
  return { answer, asked, release }
}

describe.runIf(process.platform === 'linux')('in the middle of a crawl', () => {
  test('all workers may be killed: others take their place, and every page is visited', async () => {
    const page = held(linking('after'))
    const names = Array.from({ length: 12 }, (_, n) => `/${n}`)
    const site = await siteWith({
      '/': linking('held', ...names),
      ...Object.fromEntries(names.map((name) => [name, linking(`${name}-more`)])),
      ...Object.fromEntries(names.map((name) => [`${name}-more`, ''])),
      '/held': page.answer,
      '/after': '',
    })
    const program = startCrawler(site.url, '--json', '--timeout', '60000')
    const end = endOf(program)
    await page.asked
    const workers = await workersOf(program.pid!)
    expect(workers).toHaveLength(3)
    for (const pid of workers) process.kill(pid, 'SIGKILL')
    page.release()
    const { exitCode, stdout } = await end
    const report = JSON.parse(stdout)
    expect(report.pages.map((page: { status: number }) => page.status)).toEqual(Array(27).fill(200))
    expect(pagesOf(report)['/after']).toMatchObject({ depth: 2 })
    expect(site.asked.filter((asked) => asked === 'GET /held').length).toBeGreaterThan(1)
    expect({ exitCode, workersDied: report.workersDied }).toEqual({ exitCode: 0, workersDied: 3 })
    expect(report.retried).toBeGreaterThan(0)
  })

  test.each(isQuick ? [[[]]] : [[[]], [['--json']]])(
    'Ctrl-C ends all processes and prints what was done so far %s',
    async (args) => {
      const page = held('')
      const site = await siteWith({ '/': linking('held'), '/held': page.answer })
      const program = startCrawler(site.url, ...args)
      const end = endOf(program)
      await page.asked
      const workers = await workersOf(program.pid!)
      // As a terminal does, which signals the whole group, and npm, which passes the signal on.
      process.kill(-program.pid!, 'SIGINT')
      program.kill('SIGINT')
      const { exitCode, stdout } = await end
      expect(exitCode).toBe(130)
      expect(workers).toHaveLength(3)
      await expect.poll(() => stillRunning(workers)).toEqual([])
      if (args.length === 0) expect(stdout).toMatch(/^Interrupted: this is what was done so far\.\n.+: 1 page, /)
      else {
        const report = JSON.parse(stdout)
        expect(report.interrupted).toBe(true)
        expect(Object.keys(pagesOf(report))).toEqual(['/'])
      }
    },
  )
})
