// Builds the documentation site into `site/`: the README, the guides, and every public symbol of the packages. A link that
// leads nowhere, or a symbol without a word about it, is an error.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Application, TSConfigReader } from 'typedoc'
import { categorise, categoryOrder } from './docs/categories.mjs'
import { entryPointsReader } from './docs/entry-points.mjs'
import { arrangeGuides, guides } from './docs/guides.mjs'
import { forgivePlainNames } from './docs/plain-names.mjs'
import { makeSourcePages } from './docs/source-pages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'site') } } })
process.chdir(root)

const app = await Application.bootstrapWithPlugins(
  {
    name: 'Millrace',
    entryPointStrategy: 'packages',
    entryPoints: ['core', 'node', 'browser'].map((name) => `packages/${name}`),
    packageOptions: {
      readme: 'README.md',
      excludeInternal: true,
      excludePrivate: true,
      excludeProtected: true,
      // Each symbol is documented once, where it is: the other packages export those of core again.
      excludeExternals: true,
      externalPattern: ['**/node_modules/**', '**/packages/*/dist/**'],
      disableSources: true,
      // The standard library is known elsewhere, and a site that links there could not be checked without a network.
      externalSymbolLinkMappings: { typescript: { '*': '#' }, '@types/node': { '*': '#' } },
      sort: ['kind', 'alphabetical'],
      sortEntryPoints: false,
      categorizeByGroup: false,
      categoryOrder,
      validation: { notDocumented: true, notExported: true, invalidPath: true },
    },
    readme: 'README.md',
    projectDocuments: guides(root),
    out: values.out,
    customCss: 'docs/site.css',
    router: 'kind',
    sortEntryPoints: false,
    hideGenerator: true,
    includeHierarchySummary: false,
    navigation: { includeCategories: true, includeGroups: false },
    highlightLanguages: ['ts', 'js', 'json', 'sh', 'html', 'python'],
    ignoredHighlightLanguages: ['text'],
    validation: { invalidLink: true, invalidPath: true, rewrittenLink: true },
  },
  [new TSConfigReader(), entryPointsReader],
)
arrangeGuides(app, root)
categorise(app)
forgivePlainNames(app)
makeSourcePages(app)

const project = await app.convert()
if (project !== undefined) {
  app.validate(project)
  await app.generateOutputs(project)
}
if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1
