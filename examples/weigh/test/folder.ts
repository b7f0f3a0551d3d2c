import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { BROTLI_QUALITY, GZIP_LEVEL } from '../src/measure.ts'
import type { Sizes } from '../src/sizes.ts'

/** A temporary folder with these files, gone after the test. */
export async function folderWith(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'weigh-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

/** What these files weigh together, each compressed by itself. */
export function sizesOf(...contents: (string | Uint8Array)[]): Sizes {
  const sizes = { files: contents.length, raw: 0, gzip: 0, brotli: 0 }
  for (const content of contents) {
    const bytes = Buffer.from(content)
    sizes.raw += bytes.length
    sizes.gzip += gzipSync(bytes, { level: GZIP_LEVEL }).length
    sizes.brotli += brotliSize(bytes)
  }
  return sizes
}

function brotliSize(bytes: Uint8Array): number {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  }
  return brotliCompressSync(bytes, { params }).length
}
