// What the packages export, with its signatures, as text: `npm run api` writes it beside this file, and a test fails
// where the text and the packages differ. So a change of the public API is seen as what it is.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const packages = fileURLToPath(new URL('../packages', import.meta.url))
/** Neither for users nor promised to them. */
const INTERNAL = /^\.\/(internal|child|package\.json)$/

export const NAMES = ['core', 'node', 'browser']

/**
 * A symbol that an entry of a package exports.
 * @typedef {{ name: string, text: string, documented: boolean, at: string }} Exported
 */

const known = new Map()

/**
 * The entries of a package that are for users, each with what it exports.
 * @param {string} name
 * @returns {Array<{ entry: string, symbols: Exported[] }>}
 */
export function entriesOf(name) {
  if (!known.has(name)) known.set(name, read(name))
  return known.get(name)
}

function read(name) {
  const { exports } = JSON.parse(readFileSync(`${packages}/${name}/package.json`, 'utf8'))
  const entries = Object.entries(exports).filter(([path]) => !INTERNAL.test(path))
  const files = entries.map(([, { types }]) => `${packages}/${name}/${types}`)
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
    types: [],
    strict: true,
    skipLibCheck: true,
  })
  return entries.map(([path], i) => ({
    entry: `@millrace/${name}${path.slice(1)}`,
    symbols: exportsOf(program, files[i], name),
  }))
}

/** The text that is kept. @param {string} name */
export function apiOf(name) {
  const parts = entriesOf(name).map(
    ({ entry, symbols }) => `# ${entry}\n\n${symbols.map(({ text }) => text).join('\n\n')}\n`,
  )
  return parts.join('\n')
}

/** Where it is kept. @param {string} name */
export function fileOf(name) {
  return fileURLToPath(new URL(`api/${name}.d.ts.txt`, import.meta.url))
}

function exportsOf(program, file, name) {
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(program.getSourceFile(file))
  const own = namesIn(checker, module, '')
  const bases = basesOf(checker, new Set(own.map(([, symbol]) => symbol)))
  return [...own, ...bases]
    .map(([exported, symbol]) => describe(exported, symbol, name, bases))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A namespace is what is in it. */
function namesIn(checker, module, prefix) {
  return checker.getExportsOfModule(module).flatMap((alias) => {
    const symbol = target(checker, alias)
    const name = prefix + alias.name
    return symbol.declarations?.some(ts.isSourceFile) ? namesIn(checker, symbol, `${name}.`) : [[name, symbol]]
  })
}

function target(checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

/** What exported classes and interfaces extend that is not exported itself: its members are theirs. */
function basesOf(checker, exported) {
  const bases = new Map()
  const visit = (symbol) => {
    for (const declaration of symbol.declarations ?? []) {
      for (const clause of declaration.heritageClauses ?? []) {
        for (const { expression } of clause.types) {
          const base = checker.getSymbolAtLocation(expression)
          const found = base && target(checker, base)
          if (found === undefined || exported.has(found) || bases.has(found) || !isOurs(found)) continue
          bases.set(found, found.name)
          visit(found)
        }
      }
    }
  }
  for (const symbol of exported) visit(symbol)
  return [...bases].map(([symbol, name]) => [name, symbol])
}

function isOurs(symbol) {
  return symbol.declarations?.[0]?.getSourceFile().fileName.startsWith(packages) === true
}

/** @returns {Exported} */
function describe(name, symbol, owner, bases) {
  const declarations = symbol.declarations ?? []
  const file = declarations[0]?.getSourceFile().fileName ?? ''
  const documented = declarations.some((declaration) => ts.getJSDocCommentsAndTags(declaration).length > 0)
  const at = file.slice(packages.length + 1)
  const from = at.split('/')[0]
  if (from !== owner) return { name, text: `${name} of @millrace/${from}`, documented: true, at }
  const isBase = bases.some(([, base]) => base === symbol)
  const mark = isBase ? '(not exported) ' : name.includes('.') ? `${name}: ` : ''
  const text = declarations.map((declaration) => mark + signature(declaration)).join('\n')
  return { name, text, documented: documented || isBase, at }
}

/** A declaration without comments and without what is none of a user's business. */
function signature(declaration) {
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  const printer = ts.createPrinter({ removeComments: true })
  const visible = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) ? withoutPrivate(node) : node
  return printer.printNode(ts.EmitHint.Unspecified, visible, node.getSourceFile()).replace(/^(export )?(declare )?/, '')
}

function withoutPrivate(node) {
  const members = node.members.filter((member) => !isPrivate(member))
  const { factory } = ts
  return ts.isClassDeclaration(node)
    ? factory.updateClassDeclaration(
        node,
        node.modifiers,
        node.name,
        node.typeParameters,
        node.heritageClauses,
        members,
      )
    : factory.updateInterfaceDeclaration(
        node,
        node.modifiers,
        node.name,
        node.typeParameters,
        node.heritageClauses,
        members,
      )
}

function isPrivate(member) {
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return true
  if ((ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0) return true
  return ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const name of NAMES) writeFileSync(fileOf(name), apiOf(name))
