import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { full, isPacked, place } from './installed.ts'
import { run } from './set-up.ts'

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const strict = { strict: true, noEmit: true, target: 'es2023', lib: ['es2023', 'esnext.disposable', 'dom'] }

let project: string
beforeAll(() => {
  if (isPacked) project = place('fixtures/typed', full)
})

describe.skipIf(!isPacked).each([
  { module: 'nodenext', moduleResolution: 'nodenext', skipLibCheck: false },
  { module: 'esnext', moduleResolution: 'bundler', skipLibCheck: false },
  { module: 'nodenext', moduleResolution: 'nodenext', exactOptionalPropertyTypes: true, skipLibCheck: true },
])('the types as they are installed, with %o', (options) => {
  test('are found, and say what they are to', () => {
    const compilerOptions = { ...strict, types: ['node'], ...options }
    const config = join(project, `tsconfig.${Object.values(options).join('-')}.json`)
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ['main.ts'] }))
    expect(run(process.execPath, [compiler, '-p', config], project)).toBe('')
  })
})
