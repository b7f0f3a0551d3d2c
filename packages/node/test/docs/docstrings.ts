/** An example in a docstring, as a program. */
export interface Example {
  /** What it is an example of, and where. */
  readonly title: string
  readonly main: string
  /** What its comments say that it prints; undefined: nothing about that. */
  readonly output: string | undefined
}

const DOCSTRING = /\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\s*([^\n]*)/g
const PRINTED = /console\.log\(.*\/\/ (.+)$/gm

/** What an example may take for granted, in an order in which each needs only those before. */
const GIVEN: ReadonlyMap<string, string> = new Map([
  ['tasks', "const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))"],
  ['executor', 'const executor = new ProcessPoolExecutor({ maxWorkers: 1 })'],
  ['futures', 'const futures = [executor.submit(tasks.square, 3)]'],
  ['pool', 'const pool = new Pool({ processes: 1 })'],
  ['manager', 'const manager = new Manager()'],
  ['urls', "const urls = ['https://example.org/']"],
  ['a', 'const [a, toA] = Pipe<string>()\nawait toA.send("from a")'],
  ['b', 'const [b, toB] = Pipe<string>()\nawait toB.send("from b")'],
])

/** The module of tasks that examples may name. */
export const TASKS = `
import type { Connection } from '@millrace/node'
export const square = (n: number) => n * n
export const add = (a: number, b: number) => a + b
export const fetchPage = async (url: string) => ({ title: url })
export const greet = (to: Connection<string>) => to.send('hello')
`

/** Reads the examples of a source file; \`exported\` are the names of each module that one can import. */
export function examplesOf(path: string, code: string, exported: ReadonlyMap<string, ReadonlySet<string>>): Example[] {
  return [...code.matchAll(DOCSTRING)].flatMap(([, comment = '', declared = '']) => {
    const [, example] = comment.split('@example')
    if (example === undefined) return []
    const body = example
      .replaceAll(/^ *\* ?/gm, '')
      .replace(/^@[\s\S]*/m, '')
      .trim()
    const printed = [...body.matchAll(PRINTED)].map(([, values]) => values)
    const output = printed.length === 0 ? undefined : printed.join(', ')
    return [{ title: `${path}: ${declared.slice(0, 60)}`, main: programOf(body, exported), output }]
  })
}

function programOf(body: string, exported: ReadonlyMap<string, ReadonlySet<string>>): string {
  let program = body
  for (const [name, declaration] of [...GIVEN].reverse())
    if (uses(program, name) && !declares(program, name)) program = `${declaration}\n${program}`
  const imports: string[] = []
  const known = new Set<string>()
  for (const [module, names] of exported) {
    const used = [...names].filter((name) => !known.has(name) && uses(program, name) && !declares(program, name))
    for (const name of used) known.add(name)
    if (used.length > 0) imports.push(`import { ${used.join(', ')} } from '${module}'`)
  }
  return `${imports.join('\n')}\n${program}\nexport {}\n`
}

const uses = (code: string, name: string) => new RegExp(`(?<![.\\w'-])${name}\\b(?!\\w|[':-])`).test(code)

const declares = (code: string, name: string) =>
  new RegExp(`\\b(?:const|let|using|class|function)\\s+(?:[{[][^\\]}]*)?\\b${name}\\b|import .*\\b${name}\\b`).test(
    code,
  )
