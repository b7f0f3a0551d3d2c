import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { browserArguments, findBrowser } from './scripts/browser.mjs'

// Projects by what they start: `core` runs in memory, `node` starts real processes, `examples` and `bench` run whole
// programs;
// `browser-plain` and `browser-isolated` run in pages without and with cross-origin isolation, and `browser-bundled`
// has Vite serve and build one.
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      project('core', 'packages/core/test', 30_000),
      project('node', 'packages/node/test', 60_000),
      project('examples', 'examples/*/{test,test-bundled}', 120_000),
      project('bench', 'bench/test', 60_000),
      project('browser-bundled', 'packages/browser/test-bundled', 60_000),
      browserProject('browser-plain', {}),
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
    test: { name, include: [`${folder}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout },
  }
}

function browserProject(name: string, headers: Record<string, string>) {
  const executablePath = findBrowser()
  const launchOptions = { args: browserArguments, ...(executablePath === undefined ? {} : { executablePath }) }
  const { test, ...rest } = project(name, 'packages/browser/test', 30_000)
  return {
    ...rest,
    cacheDir: `node_modules/.vite/${name}`,
    server: { headers },
    // Bundled, or each of hundreds of workers would load dozens of files; anew, for they are no released packages.
    optimizeDeps: {
      include: ['rxjs', '@millrace/browser', '@millrace/browser/futures', '@millrace/core', '@millrace/core/internal'],
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
        provider: playwright({ launchOptions }),
        instances: [{ browser: 'chromium' as const }],
      },
    },
  }
}
