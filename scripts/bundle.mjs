// Makes the JavaScript of the packages that run in Node, in few files: every start of a process pays for each file that
// it loads, and again for compiling it. All entries of a package are one build, so that they share their modules. The
// types are made by tsc. Does nothing where nothing is newer than what was made.
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const self = fileURLToPath(import.meta.url)
const loader = fileURLToPath(new URL('script-loader.cjs', import.meta.url))
const finder = fileURLToPath(new URL('core-finder.cjs', import.meta.url))
const packages = fileURLToPath(new URL('../packages', import.meta.url))

/** All but the package's own modules and the codec is imported as it is. */
const EXTERNAL = /^(?!\.{0,2}\/|msgpackr\/)/
/** The programs that a package starts: entries beside those that its package.json exports. */
const PROGRAM = /-main\.ts$/
/** What is loaded before a child's task module is for `require`, in Node: that waits for nothing, and takes a fraction. */
const REQUIRED = /^((child|thread)-(main|program)|child|child-core|child-node|code-cache|import-module)$/
const CORE_OF_CHILDREN = '@millrace/core/child'
const RUNTIME = /^(?:const|let|var) (\w+) = require\("\.\/rolldown-runtime\.cjs"\);$/m
/** The chunk that has a form for `require` and one for browsers; package.json says who imports which. */
const CHILD_CORE = 'child-core'
/** What modules import of a package whose chunks are for `require`, and nothing else: see `named`. */
const CHILD_NODE = 'child-node'
const NAMED = `${CHILD_NODE}.names`
/** What entries share: each a file, with all that its modules need and that is in none before it. */
const GROUPS = [
  { name: 'code-cache', test: /node\/src\/code-cache\.ts$/ },
  { name: 'child-node', test: /node\/src\/(child-host|install)\.ts$/ },
  { name: CHILD_CORE, test: /core\/src\/(child|stage-server|pool\/serve)\.ts$/ },
  { name: 'core', test: /core\/src\/(index|internal)\.ts$/ },
]

/** Bundles the packages that are out of date. */
export async function bundle() {
  for (const folder of [`${packages}/core`, `${packages}/node`]) if (!isUpToDate(folder)) await build(folder)
}

/** @param {string} folder */
function isUpToDate(folder) {
  const stamp = `${folder}/dist/.bundled`
  if (!existsSync(stamp)) return false
  const made = statSync(stamp).mtimeMs
  const inputs = [self, loader, finder, `${folder}/package.json`, ...files(`${folder}/src`)]
  return inputs.every((file) => statSync(file).mtimeMs < made)
}

/** @param {string} folder */
async function build(folder) {
  const modules = await chunks(folder, 'es')
  const forRequire = await chunks(folder, 'cjs')
  const required = forRequire.filter(({ name }) => REQUIRED.test(name))
  const isCore = required.some(({ name }) => name === CHILD_CORE)
  const made = new Set()
  const write = (name, text) => {
    mkdirSync(dirname(`${folder}/dist/${name}`), { recursive: true })
    writeFileSync(`${folder}/dist/${name}`, text)
    made.add(`${folder}/dist/${name}`)
  }
  for (const chunk of modules) {
    if (!isCore && REQUIRED.test(chunk.name)) continue
    write(`${chunk.name}.js`, referTo(chunk.code, isCore))
    if (chunk.map) write(`${chunk.name}.js.map`, chunk.map)
  }
  for (const chunk of required) {
    checkRequires(chunk)
    if (chunk.map) write(`${chunk.name}.cjs.map`, chunk.map)
    if (chunk.name !== CHILD_CORE) write(`${chunk.name}.cjs`, toldWhere(chunk.code))
    else {
      // On one line with what is there: the source map knows the lines. V8 compiles at once what begins like this; an
      // arrow function it would parse twice, which takes as long again.
      const script = { ...chunk, code: inAscii(`(function (exports) {${withRuntime(chunk.code, forRequire)}\n})`) }
      write(`${chunk.name}.script.cjs`, script.code)
      write(`${chunk.name}.cjs`, evaluating(script))
    }
  }
  if (!isCore) {
    write('core-child.cjs', readFileSync(finder, 'utf8'))
    write(`${NAMED}.cjs`, named(required.find(({ name }) => name === CHILD_NODE)))
  }
  if (isCore) copyFileSync(`${folder}/node_modules/msgpackr/LICENSE`, `${folder}/dist/msgpackr.LICENSE`)
  for (const file of files(`${folder}/dist`)) if (/\.c?js(\.map)?$/.test(file) && !made.has(file)) rmSync(file)
  writeFileSync(`${folder}/dist/.bundled`, '')
}

/**
 * @param {string} folder
 * @param {'es' | 'cjs'} format
 */
async function chunks(folder, format) {
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({
    cwd: folder,
    input: entries(folder),
    external: EXTERNAL,
    // Says what becomes of `import.meta.url`.
    platform: format === 'cjs' ? 'node' : 'neutral',
    transform: { target: 'es2023' },
    // Modules register what they declare: all that is imported stays.
    treeshake: { moduleSideEffects: () => true },
    logLevel: 'warn',
  })
  const extension = format === 'cjs' ? 'cjs' : 'js'
  const { output } = await bundle.generate({
    dir: 'dist',
    format,
    exports: 'named',
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `[name].${extension}`,
    sourcemap: true,
    minifyInternalExports: false,
    comments: { jsdoc: false, annotation: true, legal: true },
    codeSplitting: { groups: GROUPS },
  })
  await bundle.close()
  return output
    .filter((part) => part.type === 'chunk')
    .map(({ fileName, code, map, imports, exports }) => {
      const name = fileName.slice(0, -extension.length - 1)
      return { name, imports, exports, code, map: map && JSON.stringify(map) }
    })
}

/** What of a module is for `require` in Node, the others refer to as that. @param {string} code */
function referTo(code, isCore) {
  return code.replace(/(?<=^(?:import|export)\b.*")(?:\.\.?\/)+([\w-]+)\.js(?=";$)/gm, (path, name) => {
    if (isCore) return name === CHILD_CORE ? `#${CHILD_CORE}` : path
    if (name === CHILD_NODE) return `./${NAMED}.cjs`
    if (REQUIRED.test(name)) throw new Error(`a module imports ${name}, which is for require`)
    return path
  })
}

/**
 * Of a module for `require` that is imported, Node reads all the text for the names that it exports: that takes longer than
 * to compile it, and the compiler works on the reader meanwhile, for 200 ms. So what is imported has little text.
 */
function named({ name, exports }) {
  const names = `{ ${exports.join(', ')} }`
  return `// What is imported in place of ${name}.cjs: Node looks for the names in the text.\n'use strict'\nconst ${names} = require('./${name}.cjs')\nmodule.exports = ${names}\n`
}

/** The core is required by way of `core-finder.cjs`. @param {string} code */
function toldWhere(code) {
  return code.replaceAll(`require("${CORE_OF_CHILDREN}")`, 'require("./core-child.cjs")')
}

/** What is for `import` alone cannot be required. */
function checkRequires({ name, imports }) {
  for (const path of imports) {
    if (path.startsWith('node:') || path === CORE_OF_CHILDREN || /^rolldown-runtime\b/.test(path)) continue
    if (!REQUIRED.test(path.replace(/\.cjs$/, '')))
      throw new Error(`${name} is loaded by children, and imports ${path}`)
  }
}

/** A script requires nothing: what the bundler adds of its own goes into the line that would. @param {string} code */
function withRuntime(code, all) {
  return code.replace(RUNTIME, (_line, variable) => {
    const runtime = all.find(({ name }) => name === 'rolldown-runtime').code
    const lines = runtime.split('\n').filter((line) => !/^\/\//.test(line.trim()))
    return `const ${variable} = ((exports) => { ${lines.join(' ')}; return exports })({});`
  })
}

/** So that it is read as it lies there, and takes a byte for each character. @param {string} code */
function inAscii(code) {
  return code.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** V8 takes the code that another process compiled for scripts alone: the module evaluates a chunk as one. */
function evaluating({ name, exports, code }) {
  const key = createHash('sha256').update(code).digest('hex').slice(0, 32)
  return readFileSync(loader, 'utf8')
    .replace('SCRIPT', `${name}.script.cjs`)
    .replace('KEY', key)
    .replaceAll('{ NAMES }', `{ ${exports.join(', ')} }`)
}

/** @param {string} folder */
function entries(folder) {
  const { exports } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const exported = Object.values(exports).map((entry) => /^\.\/dist\/(.*)\.js$/.exec(entry.default)?.[1])
  const programs = readdirSync(`${folder}/src`).filter((file) => PROGRAM.test(file))
  const names = [...exported, ...programs.map((file) => file.slice(0, -'.ts'.length))]
  return Object.fromEntries(names.flatMap((name) => (name ? [[name, `src/${name}.ts`]] : [])))
}

/** @param {string} folder */
function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`)
}

if (process.argv[1] === self) await bundle()
