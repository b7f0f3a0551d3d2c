import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The files of a page by their names: itself, its script and that of its worker, each with all that it imports. */
export async function bundle(page: string): Promise<Map<string, string>> {
  const entryPoints = [`./${page}.js`, `./${page}.worker.js`].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  // Not written anywhere: the folder is only where esbuild takes the files to be.
  const { outputFiles } = await build({ entryPoints, bundle: true, format: 'esm', outdir: '/', write: false })
  const scripts = outputFiles.map(({ path, text }) => [basename(path), text] as const)
  // The icon keeps the browser from asking for one.
  const html = `<link rel="icon" href="data:,"><script type="module" src="${page}.js"></script>`
  return new Map([[`${page}.html`, html], ...scripts])
}
