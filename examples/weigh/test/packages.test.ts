import { describe, expect, test } from 'vitest'
import { NO_PACKAGE, packageOf } from '../src/packages.ts'

const inProject = (path: string) => packageOf(`/srv/app/${path}`, '/srv/app')
const inDependencies = (path: string) => packageOf(`/srv/app/node_modules/${path}`, '/srv/app/node_modules')

describe('the package of a file', () => {
  test('is the folder below node_modules, whether that or the project is weighed', () => {
    expect(inProject('node_modules/chalk/index.js')).toBe('chalk')
    expect(inDependencies('chalk/index.js')).toBe('chalk')
    expect(inDependencies('chalk/source/deep/index.js')).toBe('chalk')
  })

  test('keeps its scope', () => {
    expect(inDependencies('@types/node/fs.d.ts')).toBe('@types/node')
    expect(inProject('node_modules/@types/node/fs.d.ts')).toBe('@types/node')
  })

  test('is the innermost one, named with those around it', () => {
    expect(inDependencies('a/node_modules/b/index.js')).toBe('a/node_modules/b')
    expect(inDependencies('@s/a/node_modules/@s/b/index.js')).toBe('@s/a/node_modules/@s/b')
    expect(inProject('packages/web/node_modules/b/index.js')).toBe('packages/web/node_modules/b')
  })

  test("has its version in pnpm's store, and no peers", () => {
    expect(inDependencies('.pnpm/chalk@5.4.1/node_modules/chalk/index.js')).toBe('chalk@5.4.1')
    expect(inDependencies('.pnpm/@types+node@20.1.0/node_modules/@types/node/fs.d.ts')).toBe('@types/node@20.1.0')
    expect(inDependencies('.pnpm/vite@8.0.0_tsx@4.0.0/node_modules/vite/a.js')).toBe('vite@8.0.0')
    expect(inDependencies('.pnpm/vite@8.0.0(tsx@4.0.0)/node_modules/vite/a.js')).toBe('vite@8.0.0')
    expect(inProject('node_modules/.pnpm/a@1.0.0/node_modules/a/node_modules/b/i.js')).toBe('a@1.0.0/node_modules/b')
  })

  test("is known inside pnpm's store as well", () => {
    const store = '/srv/app/node_modules/.pnpm'
    expect(packageOf(`${store}/a@1.0.0/node_modules/a/i.js`, store)).toBe('a@1.0.0')
    expect(packageOf(`${store}/a@1.0.0/node_modules/a/lib/i.js`, `${store}/a@1.0.0/node_modules/a/lib`)).toBe('a@1.0.0')
  })

  test('is none for files beside packages', () => {
    expect(inDependencies('.modules.yaml')).toBe(NO_PACKAGE)
    expect(inDependencies('.bin/tsc')).toBe(NO_PACKAGE)
    expect(inDependencies('.pnpm/lock.yaml')).toBe(NO_PACKAGE)
    expect(inDependencies('loose.js')).toBe(NO_PACKAGE)
    expect(inDependencies('@scope/loose.js')).toBe(NO_PACKAGE)
    expect(inProject('src/main.ts')).toBe(NO_PACKAGE)
  })
})
