import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { bare, full, isPacked, place } from './installed.ts'
import { nodeOf } from './node-versions.ts'
import { run } from './set-up.ts'

const each = { items: [1, 2], sameClass: true, lost: true, squares: [1, 4, 9], sum: 3 }

beforeAll(() => {
  if (!isPacked) return
  place('fixtures/programs', full)
  place('fixtures/programs', bare)
})

describe.skipIf(!isPacked).each([20, 22, 24, 26])('on Node %i, the packages as they are installed', (major) => {
  const node = isPacked ? nodeOf(major) : undefined
  const output = (project: string, ...args: string[]) => run(node!, args, join(project, 'programs')).trim()

  test.skipIf(node === undefined)('run processes, threads, queues and pools', () => {
    expect(JSON.parse(output(full, 'main.js'))).toEqual({ process: each, thread: each })
  })

  test.skipIf(node === undefined)('do so where nothing optional is installed: no koffi, no rxjs, no effect', () => {
    expect(() => output(bare, '--input-type=module', '--eval', 'await import("koffi")')).toThrow('koffi')
    expect(JSON.parse(output(bare, 'main.js'))).toEqual({ process: each, thread: each })
  })

  test.skipIf(node === undefined)('run tasks in TypeScript, by themselves or through tsx', () => {
    const loader = major < 22 ? ['--import', 'tsx'] : []
    expect(output(full, ...loader, 'typed.js')).toBe('27')
  })

  test.skipIf(node === undefined)('are left out by a bundler, for which task modules are entries', () => {
    const how = ['--bundle', '--packages=external', '--platform=node', '--format=esm', `--outdir=bundled-${major}`]
    const esbuild = createRequire(import.meta.url).resolve('esbuild/bin/esbuild')
    run(esbuild, ['main.js', 'tasks.js', ...how, '--log-level=error'], join(full, 'programs'))
    expect(JSON.parse(output(full, `bundled-${major}/main.js`))).toEqual({ process: each, thread: each })
  })

  test.skipIf(node === undefined)('can be required, and are the same modules then', () => {
    expect(JSON.parse(output(full, 'required.cjs'))).toEqual({ square: 49, sameClass: true, futures: 'function' })
  })

  test.skipIf(node === undefined)('have all their subpaths', () => {
    expect(output(full, 'subpaths.js')).toBe('function object function function')
  })
})
