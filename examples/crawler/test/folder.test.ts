import { describe, expect, test } from 'vitest'
import { folderWith, linking } from './fixture-site.ts'
import { pagesOf, pathOf, reportOn, runCrawler } from './run-crawler.ts'

describe('crawling a folder', () => {
  test('visits each page once, however many ways lead there, and however often they go in a circle', async () => {
    const folder = await folderWith({
      'index.html': linking('a.html', 'b.html', '#here', ' a.html#part ', './sub/../b.html'),
      'a.html': linking('b.html', '/', 'index.html'),
      'b.html': linking('a.html', 'b.html#end'),
    })
    const report = await reportOn(folder, '--depth', '9')
    expect(Object.keys(pagesOf(report)).sort()).toEqual(['/', '/a.html', '/b.html', '/index.html'])
    expect(report).toMatchObject({ exitCode: 0, interrupted: false, broken: [], barred: [], retried: 0 })
    expect(report.pages.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })

  test('goes as deep as it may, by the shortest way', async () => {
    const folder = await folderWith({
      'index.html': linking('1.html', '3.html'),
      '1.html': linking('2.html'),
      '2.html': linking('3.html'),
      '3.html': linking('4.html'),
      '4.html': linking('5.html'),
      '5.html': '',
    })
    const depths = async (depth: string) => {
      const report = await reportOn(folder, '--depth', depth)
      const found = Object.entries(pagesOf(report)).map(([path, { depth }]) => `${path} ${depth}`)
      return { found, notVisited: report.notVisited }
    }
    expect(await depths('0')).toEqual({ found: ['/ 0'], notVisited: 2 })
    expect(await depths('1')).toEqual({ found: ['/ 0', '/1.html 1', '/3.html 1'], notVisited: 2 })
    expect(await depths('2')).toEqual({
      found: ['/ 0', '/1.html 1', '/3.html 1', '/2.html 2', '/4.html 2'],
      notVisited: 1,
    })
  })

  test('reports broken links with all pages that have them, and ends with exit code 1', async () => {
    const folder = await folderWith({
      'index.html': linking('a.html', 'gone.html', 'http://[nowhere'),
      'a.html': linking('gone.html#part', 'mailto:nobody@example.org', 'javascript:void 0', 'data:,x'),
    })
    const report = await reportOn(folder)
    const { origin } = new URL(report.start)
    expect(report.exitCode).toBe(1)
    expect(report.broken).toEqual([
      { link: `${origin}/gone.html`, problem: '404 Not Found', pages: [`${origin}/`, `${origin}/a.html`] },
      { link: 'http://[nowhere', problem: 'not a URL', pages: [`${origin}/`] },
    ])
    const { stdout } = await runCrawler(folder)
    expect(stdout).toMatch(/\n {2}\/gone\.html: 404 Not Found\n {4}on \/\n {4}on \/a\.html\n/)
  })

  test('renders Markdown, lists folders that have no index, and follows the redirect to them', async () => {
    const folder = await folderWith({
      'README.md': '[Guide](guide.md) and [more](more)',
      'guide.md': '![picture](more/picture.png)\n\n[Back][1]\n\n[1]: README.md',
      'more/picture.png': new Uint8Array(1_234),
      'more/a & b.txt': 'text',
    })
    const report = await reportOn(folder)
    const pages = pagesOf(report)
    expect(report).toMatchObject({ exitCode: 0, broken: [] })
    expect(pages['/more']).toMatchObject({ status: 301, redirect: `${report.start}more/`, depth: 1 })
    expect(pages['/more/']).toMatchObject({ status: 200, type: 'text/html', depth: 1 })
    expect(pages['/more/picture.png']).toMatchObject({ status: 200, type: 'image/png', bytes: 1_234, depth: 2 })
    expect(pages['/more/a%20%26%20b.txt']).toMatchObject({ status: 200, type: 'text/plain', bytes: 4 })
    expect(pages['/README.md']).toMatchObject({ status: 200 })
  })

  test('serves nothing outside of the folder, and nothing hidden', async () => {
    const folder = await folderWith({
      'site/index.html': linking('..%2fsecret', '%2e%2e/secret', '..\\secret', '.hidden', 'node_modules/a.js', '%00'),
      'site/.hidden': '',
      'site/node_modules/a.js': '',
      secret: '',
    })
    const report = await reportOn(`${folder}/site`)
    expect(report.broken.map(({ problem }) => problem)).toEqual(Array(5).fill('404 Not Found'))
  })

  test('knows names in any script', async () => {
    const folder = await folderWith({
      'index.html': linking('größe.html', '%E6%97%A5%E6%9C%AC.html', '日本.html#東京', 'fehlt-ü.html'),
      'größe.html': '',
      '日本.html': '',
    })
    const report = await reportOn(folder)
    expect(Object.keys(pagesOf(report)).map(decodeURI).sort()).toEqual([
      '/',
      '/fehlt-ü.html',
      '/größe.html',
      '/日本.html',
    ])
    expect(report.broken.map(({ link }) => decodeURI(pathOf(report.start, link)))).toEqual(['/fehlt-ü.html'])
    expect((await runCrawler(folder)).stdout).toContain('  /fehlt-ü.html: 404 Not Found\n    on /\n')
  })

  test('leaves out what robots.txt forbids, and says so', async () => {
    const folder = await folderWith({
      'robots.txt': 'User-agent: *\nDisallow: /private/\nAllow: /private/open.html\n',
      'index.html': linking('private/a.html', 'private/open.html', 'public.html'),
      'private/open.html': linking('/private/b.html'),
      'public.html': '',
    })
    const report = await reportOn(folder)
    expect(Object.keys(pagesOf(report))).toEqual(['/', '/private/open.html', '/public.html'])
    expect(report.barred.map(({ url, by }) => `${pathOf(report.start, url)} ${by}`)).toEqual([
      '/private/a.html robots.txt',
      '/private/b.html robots.txt',
    ])
    expect(report.exitCode).toBe(0)
  })

  test('finds the links of all elements that have one, relative to the base of the page', async () => {
    const folder = await folderWith({
      'index.html': `<base href="/sub/"><base href="/other/">
        <link rel="stylesheet" href="a.css"><link rel="preconnect" href="//cdn.invalid"><script src='b.js'></script>
        <IMG SRC=c.png><p title='<a href="no.html">'><!-- <a href="no.html"> --><script>"<a href='no.html'>"</script>
        <a name="anchor">no link</a><a href="d.html?x=1&amp;y=2">link</a>`,
      ...Object.fromEntries(['a.css', 'b.js', 'c.png', 'd.html'].map((name) => [`sub/${name}`, ''])),
    })
    const report = await reportOn(folder)
    const expected = ['/', '/sub/a.css', '/sub/b.js', '/sub/c.png', '/sub/d.html?x=1&y=2']
    expect(Object.keys(pagesOf(report))).toEqual(expected)
    expect(report.broken).toEqual([])
  })

  test.each(['process', 'thread'])('does the same with workers of kind %s, one or many', async (kind) => {
    const pages = Array.from({ length: 40 }, (_, n) => [`${n}.html`, linking(`${2 * n}.html`, `${2 * n + 1}.html`)])
    const folder = await folderWith({ 'index.html': linking('1.html'), ...Object.fromEntries(pages) })
    for (const processes of ['1', '3']) {
      const report = await reportOn(folder, '--depth', '9', '--kind', kind, '--processes', processes)
      // Each number that is the half of a page's leads on: 40 to 79 are linked to, and are not there.
      expect(report.pages.filter(({ status }) => status === 200)).toHaveLength(40)
      expect(report.broken).toHaveLength(40)
    }
  })

  test('prints a table of the slowest pages, and plain lines where there is no terminal', async () => {
    const folder = await folderWith({
      'index.html': linking('a.html', 'b.html'),
      'a.html': 'x'.repeat(2_000),
      'b.html': '',
    })
    const { exitCode, stdout, stderr } = await runCrawler(folder, '--top', '2')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/: 3 pages, 2\.1 kB in [\d.]+ s by 3 processes\n/)
    expect(stdout).toMatch(/│ \/[ab]?[.a-z]* +│ 200 +│ +\d │ +\d\.\d │ +\d+ │/)
    expect(stdout).toMatch(/│ 1 faster page +│/)
    expect(stdout).toMatch(/\nNo broken links\n$/)
    expect(stderr).toMatch(/^\d of \d pages?\n/)
    for (const control of ['\u001b', '\r']) expect(stdout + stderr).not.toContain(control)
  })
})
