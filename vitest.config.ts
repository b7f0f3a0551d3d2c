import { defineConfig } from 'vitest/config'

// Projects by what they start: `core` runs in memory, `node` starts real processes, `examples` runs whole programs.
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      project('core', 'packages/core/test', 30_000),
      project('node', 'packages/node/test', 60_000),
      project('examples', 'examples/*/test', 120_000),
    ],
  },
})

function project(name: string, folder: string, testTimeout: number) {
  return {
    extends: true as const,
    test: { name, include: [`${folder}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout },
  }
}
