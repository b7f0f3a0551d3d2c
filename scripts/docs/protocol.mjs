// Writes what `frame.ts` says of the wire protocol into `docs/protocol.md`, between the two marks there: the source is what
// counts, and a test compares the two. `node scripts/docs/protocol.mjs` after the protocol has changed.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const BEGIN = '<!-- begin: frame.ts, by scripts/docs/protocol.mjs -->'
const END = '<!-- end -->'

const source = new URL('../../packages/core/src/frame.ts', import.meta.url)
const target = new URL('../../docs/protocol.md', import.meta.url)

/** The page as it should be. @param {string} page */
export function protocolPage(page) {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin === -1 || end === -1) throw new Error('docs/protocol.md has lost its marks')
  return `${page.slice(0, begin)}${BEGIN}\n\n${described(readFileSync(source, 'utf8'))}\n\n${page.slice(end)}`
}

/** The comment at the head of the source, as Markdown, with the number of each frame. @param {string} code */
function described(code) {
  const comment = /^\/\*\*\n([\s\S]*?)\n \*\/\nexport const Frame/m.exec(code)?.[1] ?? ''
  const lines = comment.split('\n').map((line) => line.replace(/^ \* ?/, ''))
  const numbers = new Map([...code.matchAll(/^ {2}([A-Z_]+): (\d+),$/gm)].map(([, name, number]) => [name, number]))
  return fenced(lines.map((line) => numbered(line, numbers)))
    .join('\n')
    .trim()
}

/** @param {string} line @param {Map<string, string>} numbers */
function numbered(line, numbers) {
  if (!line.startsWith('|')) return line
  const [, first = '', ...rest] = line.split('|').map((cell) => cell.trim())
  if (first === 'frame') return ['| type | frame', ...rest].join(' | ').trim()
  if (/^-+$/.test(first)) return `|---${line}`
  const number = numbers.get(first)
  if (number === undefined) throw new Error(`frame.ts describes ${first}, and does not number it`)
  numbers.delete(first)
  return [`| ${number} | ${first}`, ...rest].join(' | ').trim()
}

/** Turns what is indented into fences. @param {string[]} lines */
function fenced(lines) {
  return lines.flatMap((line, i) => {
    const [before, here, after] = [lines[i - 1], line, lines[i + 1]].map((each) => each?.startsWith('    ') ?? false)
    if (!here) return [line]
    return [...(before ? [] : ['```']), line.slice(4), ...(after ? [] : ['```'])]
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = readFileSync(target, 'utf8')
  writeFileSync(target, protocolPage(page))
}
