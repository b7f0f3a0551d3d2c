/** One program of a guide: its files, and what it prints. */
export interface Program {
  readonly title: string
  readonly files: ReadonlyMap<string, string>
  readonly output: string
  /** What runs it: Node, a browser, or vitest. */
  readonly by: 'node' | 'browser' | 'vitest'
}

const FENCE = /^```(\w+)\n([\s\S]*?)^```$/gm
const FILE = /^(?:\/\/|<!--) ([\w.-]+\.(?:ts|html))\b/

/**
 * Reads the programs of a guide: `ts` and `html` fences that begin with a file's name, closed by a `text` fence of the
 * output.
 */
export function programsOf(guide: string, markdown: string): Program[] {
  const programs: Program[] = []
  let files = new Map<string, string>()
  for (const [, language, body = ''] of markdown.matchAll(FENCE)) {
    const name = FILE.exec(body)?.[1]
    if ((language === 'ts' || language === 'html') && name !== undefined) files.set(name, body)
    else if (language === 'text' && files.size > 0) {
      programs.push({ title: `${guide} ${programs.length + 1}`, files, output: body, by: runnerOf(files) })
      files = new Map()
    }
  }
  if (files.size > 0) throw new Error(`${guide}: a program without its output`)
  return programs
}

function runnerOf(files: ReadonlyMap<string, string>): Program['by'] {
  if (files.has('index.html')) return 'browser'
  return [...files.keys()].some((name) => name.endsWith('.test.ts')) ? 'vitest' : 'node'
}
