import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const guides = [
  ...readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  ...['README.md', 'bench/README.md', 'examples/README.md'],
  ...readdirSync(join(root, 'examples')).flatMap((name) =>
    existsSync(join(root, `examples/${name}/README.md`)) ? [`examples/${name}/README.md`] : [],
  ),
  ...['core', 'node', 'browser'].map((name) => `packages/${name}/README.md`),
]
const LINK = /\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g

/** The names of a guide's headings, as they are in links. */
function anchorsOf(markdown: string): string[] {
  const headings = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('the links of the guides', () => {
  it.each(guides)('of %s lead to files and headings that are there', (guide) => {
    const text = readFileSync(join(root, guide), 'utf8')
    const broken = [...text.matchAll(LINK)].flatMap(([link, path = '', anchor]) => {
      if (/^https?:/.test(path)) return []
      const file = path === '' ? join(root, guide) : join(root, dirname(guide), path)
      // The site copies files, not folders.
      if (!existsSync(file) || !statSync(file).isFile()) return [link]
      return anchor === undefined || anchorsOf(readFileSync(file, 'utf8')).includes(anchor) ? [] : [link]
    })
    expect(broken).toEqual([])
  })

  it('in the list of examples reach every example', () => {
    const list = readFileSync(join(root, 'examples/README.md'), 'utf8')
    const examples = readdirSync(join(root, 'examples')).filter((name) =>
      existsSync(join(root, 'examples', name, 'src')),
    )
    expect(examples.filter((name) => !list.includes(`](${name}/`))).toEqual([])
  })

  it('in the README reach every guide', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    expect(guides.filter((guide) => guide.startsWith('docs/') && !readme.includes(`](${guide})`))).toEqual([])
  })
})
