import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Answer, linking, redirecting, siteWith } from './fixture-site.ts'
import { pagesOf, pathOf, reportOn } from './run-crawler.ts'

/** Answers that many times with that status, and then with an empty page. */
function failing(times: number, status: number): Answer {
  let left = times
  return (_, response) => response.writeHead(left-- > 0 ? status : 200, { 'content-type': 'text/html' }).end()
}

describe('a server that is not at its best', () => {
  test('is asked again after a while when it answers 500, and given up in the end', async () => {
    const site = await siteWith({
      '/': linking('recovers', 'does-not'),
      '/recovers': failing(2, 500),
      '/does-not': failing(Infinity, 503),
    })
    const report = await reportOn(site.url, '--retries', '2')
    expect(pagesOf(report)['/recovers']).toMatchObject({ status: 200, problem: null })
    expect(pagesOf(report)['/does-not']).toMatchObject({ status: 503, problem: '503 Service Unavailable' })
    expect(site.asked.filter((asked) => asked === 'GET /recovers')).toHaveLength(3)
    expect(site.asked.filter((asked) => asked === 'GET /does-not')).toHaveLength(3)
    expect(report).toMatchObject({ exitCode: 1, retried: 4 })
    expect(report.broken.map(({ link }) => pathOf(site.url, link))).toEqual(['/does-not'])
  })

  test('may write letters into the target of a redirect that are no ASCII', async () => {
    const site = await siteWith({
      '/': linking('moved'),
      '/moved': redirecting(Buffer.from('/grüße').toString('latin1')),
      '/gr%C3%BC%C3%9Fe': '',
    })
    const report = await reportOn(site.url)
    expect(report).toMatchObject({ exitCode: 0, broken: [] })
    expect(Object.keys(pagesOf(report))).toEqual(['/', '/gr%C3%BC%C3%9Fe', '/moved'])
  })

  test('may hang up in the middle of a page, once or always', async () => {
    let hungUp = false
    const hangUp: Answer = (_, response) => {
      hungUp = true
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': 1_000 })
      response.write(linking('not-yet'), () => response.destroy())
    }
    const site = await siteWith({
      '/': linking('once', 'always'),
      '/once': (request, response) => {
        if (hungUp) response.setHeader('content-type', 'text/html').end(linking('rest'))
        else hangUp(request, response)
      },
      '/always': (request, response) => (hungUp ? hangUp(request, response) : response.destroy()),
      '/rest': '',
    })
    const report = await reportOn(site.url)
    const { '/always': always, ...others } = pagesOf(report)
    expect(Object.keys(others)).toEqual(['/', '/once', '/rest'])
    expect(Object.values(others).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(always).toMatchObject({ status: null, problem: expect.stringContaining('closed') })
    expect(report).toMatchObject({ exitCode: 1, retried: 3 })
  })

  test('has so long for a page, and the others are none the worse', async () => {
    const hangUps: Array<Promise<unknown>> = []
    const site = await siteWith({
      '/': linking('never', 'never-ends', 'quick'),
      '/never': ({ socket }) => void hangUps.push(new Promise((resolve) => socket.once('close', resolve))),
      '/never-ends': (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).write('<p>'),
      '/quick': linking('next'),
      '/next': '',
    })
    const report = await reportOn(site.url, '--timeout', '5000')
    const problem = 'no answer within 5000 ms'
    expect(report.broken.map((broken) => [pathOf(site.url, broken.link), broken.problem])).toEqual([
      ['/never', problem],
      ['/never-ends', problem],
    ])
    expect(pagesOf(report)).toMatchObject({ '/quick': { status: 200 }, '/next': { status: 200 } })
    // It was told to stop, and did: no worker had to be ended for it.
    expect(report).toMatchObject({ exitCode: 1, workersDied: 0 })
    await Promise.all(hangUps)
  })

  test('may send more than a page may have: no more than that is read', async () => {
    const site = await siteWith({
      '/': linking('endless'),
      '/endless': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).write(linking('early'))
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(10_000)));
        }
        response.on('drain', more)
        more()
      },
      '/early': '',
    })
    const report = await reportOn(site.url, '--max-size', '100')
    const page = pagesOf(report)['/endless']
    expect(page).toMatchObject({ status: 200, cut: true, problem: null })
    expect(page?.bytes).toBeGreaterThan(100_000)
    expect(page?.bytes).toBeLessThan(1_000_000)
    expect(pagesOf(report)['/early']).toMatchObject({ status: 200 })
  })
})

describe('redirects', () => {
  test('are followed, and a broken link is broken at whichever end', async () => {
    const site = await siteWith({
      '/': linking('old', 'moved-away', 'round', 'to-nowhere'),
      '/old': redirecting('/new', 308),
      '/new': linking('deeper'),
      '/deeper': '',
      '/moved-away': redirecting('/gone'),
      '/round': redirecting('/and-round'),
      '/and-round': redirecting('/round'),
      '/to-nowhere': redirecting('http://['),
    })
    const report = await reportOn(site.url)
    const pages = pagesOf(report)
    expect(pages['/old']).toMatchObject({ status: 308, redirect: `${site.url}new`, depth: 1 })
    expect(pages['/new']).toMatchObject({ status: 200, depth: 1 })
    expect(pages['/deeper']).toMatchObject({ status: 200, depth: 2 })
    const on = [site.url]
    expect(report.broken).toEqual([
      { link: `${site.url}moved-away`, problem: '404 Not Found', pages: on },
      { link: `${site.url}round`, problem: 'redirects in a circle', pages: on },
      { link: `${site.url}to-nowhere`, problem: 'redirects to http://[, which is no URL', pages: on },
    ])
  })

  test('end somewhere', async () => {
    const onwards: Answer = ({ url = '' }, response) => {
      response.writeHead(302, { location: `/on?${Number(url.split('?')[1]) + 1}` }).end()
    }
    const pages = Object.fromEntries(Array.from({ length: 99 }, (_, n) => [`/on?${n}`, onwards]))
    const report = await reportOn((await siteWith({ '/': linking('on?0'), ...pages })).url)
    expect(report.broken.map(({ problem }) => problem)).toEqual(['more than 10 redirects in a row'])
  })

  test('of the start page take the site along', async () => {
    const site = await siteWith({ '/': linking('a'), '/a': linking('b'), '/b': '' })
    const start = await siteWith({ '/': redirecting(site.url) })
    const report = await reportOn(start.url)
    expect(report.start).toBe(start.url)
    expect(site.asked.toSorted()).toEqual(['GET /', 'GET /a', 'GET /b', 'GET /robots.txt'])
    expect(report.exitCode).toBe(0)
  })
})

describe('manners', () => {
  test('links to other sites are looked at, and not followed', async () => {
    const other = await siteWith({
      '/': linking('further'),
      '/no-head': ({ method }, response) => response.writeHead(method === 'HEAD' ? 405 : 200).end(),
      '/file': (_, response) => response.writeHead(200, { 'content-length': 4_321 }).end(),
    })
    const links = ['', 'no-head', 'file', 'gone'].map((path) => `${other.url}${path}`)
    const site = await siteWith({ '/': linking(...links) })
    const report = await reportOn(site.url, '--depth', '9')
    expect(other.asked.filter((asked) => !asked.endsWith('robots.txt')).toSorted()).toEqual([
      'GET /gone',
      'GET /no-head',
      'HEAD /',
      'HEAD /file',
      'HEAD /gone',
      'HEAD /no-head',
    ])
    expect(pagesOf(report)[`${other.url}file`]).toMatchObject({ status: 200, bytes: 4_321 })
    expect(report.broken).toEqual([{ link: `${other.url}gone`, problem: '404 Not Found', pages: [site.url] }])
  })

  test('robots.txt is asked for once, before anything else, and all of it is forbidden when it cannot be read', async () => {
    const site = await siteWith({ '/': linking('a', 'b'), '/a': '', '/b': '' })
    await reportOn(site.url)
    expect(site.asked[0]).toBe('GET /robots.txt')
    expect(site.asked.filter((asked) => asked.endsWith('robots.txt'))).toHaveLength(1)

    const ill = await siteWith({ '/robots.txt': failing(Infinity, 500), '/': '' })
    const report = await reportOn((await siteWith({ '/': linking(ill.url) })).url, '--retries', '0')
    expect(report.barred).toEqual([{ url: ill.url, by: 'robots.txt (500 Internal Server Error)' }])
    expect(ill.asked).toEqual(['GET /robots.txt'])
    expect(report.exitCode).toBe(0)
  })

  test('no more requests to one host are under way than may be', async () => {
    const slow: Answer = async (_, response) => {
      await sleep(20)
      response.end()
    }
    const names = Array.from({ length: 20 }, (_, n) => `/${n}`)
    const pages = Object.fromEntries(names.map((name) => [name, slow]))
    const site = await siteWith({ '/': linking(...names), ...pages })
    const report = await reportOn(site.url, '--per-host', '2')
    expect(report.pages).toHaveLength(21)
    expect(site.most()).toBe(2)
  })

  test('the delay of robots.txt is kept between two requests', async () => {
    const times: number[] = []
    const timed: Answer = (_, response) => {
      times.push(performance.now())
      response.setHeader('content-type', 'text/html').end(linking('1', '2', '3'))
    }
    const site = await siteWith({
      '/robots.txt': (_, response) => response.end('User-agent: *\nCrawl-delay: 0.3\n'),
      ...Object.fromEntries(['/', '/1', '/2', '/3'].map((path) => [path, timed])),
    })
    await reportOn(site.url)
    const gaps = times.slice(1).map((time, at) => time - times[at]!)
    expect(gaps).toHaveLength(3)
    // The way from here to there takes its time, now more and now less: on the whole the delay is kept.
    expect(gaps.reduce((sum, gap) => sum + gap)).toBeGreaterThan(600)
  })

  test('a host that wants to be asked hardly ever is not asked', async () => {
    const rare = await siteWith({
      '/robots.txt': (_, response) => response.end('User-agent: *\nCrawl-delay: 1e9\n'),
      '/': '',
    })
    const report = await reportOn((await siteWith({ '/': linking(rare.url, `${rare.url}more`) })).url)
    expect(report.barred.map(({ by }) => by)).toEqual(Array(2).fill('robots.txt (1000000000 s between two requests)'))
    expect(rare.asked).toEqual(['GET /robots.txt'])
  })

  test('no more pages are visited than may be', async () => {
    const calendar: Answer = ({ url = '' }, response) => {
      response.setHeader('content-type', 'text/html').end(linking(`${url}0`, `${url}1`))
    }
    const paths = ['/', ...['1', '11', '0', '00', '01', '10'].map((path) => `/${path}`)]
    const site = await siteWith(Object.fromEntries(paths.map((path) => [path, calendar])))
    const report = await reportOn(site.url, '--max-pages', '5', '--depth', '99')
    expect(report.pages).toHaveLength(5)
    expect(report).toMatchObject({ full: true, exitCode: 0 })
    expect(report.notVisited).toBeGreaterThan(0)
  })
})
