import { marked } from 'marked'

/** A page of Markdown. */
export function markdownPage(text: string): string {
  return page(marked.parse(text, { async: false }))
}

/** A page that leads to everything in a folder. */
export function listing(path: string, names: readonly string[]): string {
  const items = names.map((name) => `<li><a href="${encodeURIComponent(name)}">${escaped(name)}</a></li>`)
  return page(`<h1>${escaped(path)}</h1>\n<ul>\n${items.join('\n')}\n</ul>`)
}

const page = (body: string) => `<!doctype html>\n<meta charset="utf-8">\n${body}\n`

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
