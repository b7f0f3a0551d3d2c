/** One program of a guide: its files, and what it prints. */
export interface Program {
  readonly title: string
  readonly files: ReadonlyMap<string, string>
  readonly output: string
}

const FENCE = /^```(\w+)\n([\s\S]*?)^```$/gm
const FILE = /^\/\/ ([\w.-]+\.ts)\b/

/** Reads the programs of a guide: `ts` fences that begin with a file's name, closed by a `text` fence of the output. */
export function programsOf(guide: string, markdown: string): Program[] {
  const programs: Program[] = []
  let files = new Map<string, string>()
  for (const [, language, body = ''] of markdown.matchAll(FENCE)) {
    const name = FILE.exec(body)?.[1]
    if (language === 'ts' && name !== undefined) files.set(name, body)
    else if (language === 'text' && files.size > 0) {
      programs.push({ title: `${guide} ${programs.length + 1}`, files, output: body })
      files = new Map()
    }
  }
  if (files.size > 0) throw new Error(`${guide}: a program without its output`)
  return programs
}
