import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { isQuick } from './packages/core/test/thorough.ts'
import { launchOptions } from './scripts/browser.mjs'
import { bundle } from './scripts/bundle.mjs'

// What tests import of the packages that are bundled is what their users do.
await bundle()

/** The modules of Effect that the tests import, of which there must be one of each. */
const EFFECT = ['Data', 'Effect', 'Fiber', 'Stream'].map((module) => `effect/${module}`)

/**
 * What `npm test` leaves to CI, where nobody waits: rivals measured, the same suite over one more kind of process or page,
 * what takes long and others of its kind stand for, and whether simulations would notice a bug. Whoever sets CI, or runs
 * vitest with a file's name, runs it.
 */
const ONLY_IN_CI = [
  'bench/test/{pool,pipe,pipeline,counter,peers,table}.test.ts',
  'packages/browser/test/conformance/{pool,pipe,permits,signals}.test.ts',
  'packages/browser/test-bundled/guide.test.ts',
  'packages/node/test/conformance/{direct,pipe-direct,shared-without-koffi}.test.ts',
  'packages/node/test/futures/{cancel,crash,program}.test.ts',
  'packages/node/test/kill/{pool,shared,losses,lock,signals}.test.ts',
  'packages/node/test/pipe/kill.test.ts',
  'packages/node/test/rxjs/{pipeline,program,late-items}.test.ts',
  'packages/node/test/docs/examples.test.ts',
  'packages/node/test/pool/{ends-of-workers,programs}.test.ts',
  'packages/node/test/effect/{stage,process-stage,blame}.test.ts',
  'packages/node/test/{nested,process-tree,resource-limits,manager-process,arena}.test.ts',
  'packages/node/test/lifecycle/{ending,family}.test.ts',
  'packages/node/test/{start-methods,manager-pool,manager-classes,manager-handles}.test.ts',
  'packages/core/test/simulation/{seeds-2,what-happens,*planted-bugs}.test.ts',
  'examples/browser-mandelbrot/test-bundled/page.test.ts',
  'examples/crawler/test/{interrupt,server,folder,refusal}.test.ts',
  'examples/weigh/test/interrupt.test.ts',
]

// Projects by what they start: `core` runs in memory, `node` starts real processes, `examples` and `bench` run whole
// programs; `packaging` looks at the packages as they are installed;
// `browser-plain` and `browser-isolated` run in pages without and with cross-origin isolation, and `browser-bundled`
// has Vite serve and build one. What hangs is to be noticed; what is slow beside much else is not: each may take many
// times what it takes alone.
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // Node itself is to load these, by its own conditions: there must be one of each class.
    server: { deps: { external: [/\/packages\/(core|node)\/dist\//] } },
    projects: [
      coreProject(),
      project('node', 'packages/node/test', 120_000),
      project('examples', 'examples/*/{test,test-bundled}', 120_000),
      project('bench', 'bench/test', 300_000),
      packagingProject(),
      project('browser-bundled', 'packages/browser/test-bundled', 120_000),
      ...(isQuick ? [] : [browserProject('browser-plain', {})]),
      browserProject('browser-isolated', {
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
        'Cross-Origin-Resource-Policy': 'cross-origin',
      }),
    ],
  },
})

function project(name: string, folder: string, testTimeout: number) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`${folder}/**/*.test.ts`],
      exclude: ['**/node_modules/**', ...(isQuick ? ONLY_IN_CI : [])],
      testTimeout,
      hookTimeout: testTimeout,
    },
  }
}

/** In memory, tests share nothing that one of them would change: one process may run many files, and load all of it once. */
function coreProject() {
  const { test, ...rest } = project('core', 'packages/core/test', 60_000)
  return { ...rest, test: { ...test, isolate: !isQuick } }
}

function packagingProject() {
  const { test, ...rest } = project('packaging', 'packaging/test', 300_000)
  return { ...rest, test: { ...test, globalSetup: ['packaging/test/set-up.ts'] } }
}

function browserProject(name: string, headers: Record<string, string>) {
  const { test, ...rest } = project(name, 'packages/browser/test', 60_000)
  return {
    ...rest,
    cacheDir: `node_modules/.vite/${name}`,
    server: { headers },
    // Bundled, or each of hundreds of workers would load dozens of files; anew, for they are no released packages.
    optimizeDeps: {
      include: [
        ...[
          'rxjs',
          '@millrace/browser',
          '@millrace/browser/futures',
          '@millrace/browser/rxjs',
          '@millrace/core',
          '@millrace/core/internal',
        ],
        ...['@millrace/browser/effect', ...EFFECT],
      ],
      force: true,
    },
    test: {
      ...test,
      env: {
        MILLRACE_ISOLATED: 'Cross-Origin-Opener-Policy' in headers ? 'yes' : 'no',
        MILLRACE_SEED: process.env.MILLRACE_SEED ?? '',
      },
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        fileParallelism: false,
        // Under this name and as localhost: two origins.
        api: { host: '127.0.0.1' },
        provider: playwright({ launchOptions: launchOptions() }),
        instances: [{ browser: 'chromium' as const }],
      },
    },
  }
}
