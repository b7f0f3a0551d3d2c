import { readFileSync } from 'node:fs'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, test } from 'vitest'
import { isPacked, tarballs } from './installed.ts'

/** For `import` alone, as Node's `require` of an ES module is for all versions that are supported. */
const EXPECTED = new Set(['CJSResolvesToESM', 'NoResolution node10'])

describe.skipIf(!isPacked).each(tarballs.length > 0 ? tarballs : ['(only with CI set)'])('%s', (tarball) => {
  const data = () => {
    const { buffer, byteOffset, byteLength } = readFileSync(tarball)
    return (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength)
  }

  test('is what publint expects of a package', async () => {
    const { messages, pkg } = await publint({ pack: { tarball: data() }, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })

  test('has types for what it is, however they are resolved', async () => {
    const { problems } = (await checkPackage(createPackageFromTarballData(new Uint8Array(data())))) as unknown as {
      problems: ReadonlyArray<{ kind: string; resolutionKind?: string; implementationFileName?: string }>
    }
    const wrong = problems
      .filter(({ kind, resolutionKind }) => !EXPECTED.has(kind) && !EXPECTED.has(`${kind} ${resolutionKind}`))
      // For @millrace/node alone, which requires it.
      .filter(({ implementationFileName }) => implementationFileName?.endsWith('/core/dist/child.cjs') !== true)
    expect(wrong).toEqual([])
  })
})
