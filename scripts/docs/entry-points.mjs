import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** For the packages of this project alone: nobody else is told of it. */
const OURS = ['./internal', './child']

/** They compute what a public type of core is, or are no business of its users. */
const INNER_TYPES = [
  ...['InteropObservable', 'InteropObserver', 'BareSignal', 'Binary', 'LockChoice'],
  ...['NameOf', 'CODES', 'TextOf', 'ViewOf', 'Given', 'ArgsAndOptions', 'MapInputs', 'OnCrash'],
  ...['Arrival', 'ArrayArrival', 'ValueArrival', 'Returned', 'TOLD'],
  ...['IsAny', 'InnerFailure', 'InnerMissing', 'Predicate', 'Provided', 'Gives'],
]

/** Has TypeDoc document what a package exports: the sources of all that is in its package.json. */
export const entryPointsReader = {
  name: 'entry-points',
  order: 150,
  supportsPackages: true,
  /** @param {import('typedoc').Options} options @param {unknown} _logger @param {string} folder */
  read(options, _logger, folder) {
    if (options.packageDir === undefined) return
    options.setValue('entryPoints', entryPointsOf(folder), folder)
    if (basename(folder) === 'core') options.setValue('intentionallyNotExported', INNER_TYPES)
  },
}

/** The source files behind the exports of a package. @param {string} folder */
export function entryPointsOf(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return Object.entries(exports)
    .filter(([name, target]) => !OURS.includes(name) && target.types !== undefined)
    .map(([name, { types }]) => sourceOf(folder, name, types))
}

/** @param {string} folder @param {string} name @param {string} types */
function sourceOf(folder, name, types) {
  const source = types.replace('/dist/', '/src/').replace(/\.d\.ts$/, '.ts')
  if (existsSync(join(folder, source))) return source
  throw new Error(`${folder} exports ${name}, but there is no ${source}`)
}
