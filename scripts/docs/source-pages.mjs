import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { Renderer } from 'typedoc'

/** Files that a guide may lead to, and the language that they are shown in. */
const LANGUAGES = new Map([
  ['.ts', 'ts'],
  ['.mjs', 'js'],
  ['.js', 'js'],
  ['.json', 'json'],
  ['.html', 'html'],
])

/** Listeners of lower priority come later. */
const AFTER_COPYING = -1_000

/**
 * Makes pages of the source files that guides lead to, which TypeDoc copies as they are: a browser would download them.
 * @param {import('typedoc').Application} app
 */
export function makeSourcePages({ renderer }) {
  renderer.on(Renderer.EVENT_END_PAGE, (page) => {
    page.contents = page.contents?.replace(/href="((?:\.\.\/)*media\/[^"#]+)/g, (link, path) =>
      LANGUAGES.has(extname(path)) ? `${link}.html` : link,
    )
  })
  let pages = []
  // Once all pages have said what they lead to, and before the style sheet with the colours of the code is written.
  const readFiles = async ({ project }) => {
    pages = [...project.files.getNameToAbsoluteMap()].flatMap(([name, path]) => sourcePage(renderer, name, path))
  }
  renderer.on(Renderer.EVENT_BEGIN, () => renderer.postRenderAsyncJobs.unshift(readFiles))
  const replaceFiles = ({ outputDirectory }) => {
    for (const { name, html } of pages) {
      rmSync(join(outputDirectory, 'media', name))
      writeFileSync(join(outputDirectory, 'media', `${name}.html`), html)
    }
  }
  renderer.on(Renderer.EVENT_END, replaceFiles, AFTER_COPYING)
}

/** @param {import('typedoc').Renderer} renderer @param {string} name @param {string} path */
function sourcePage(renderer, name, path) {
  const language = LANGUAGES.get(extname(name))
  if (language === undefined) return []
  const code = renderer.markedPlugin.getHighlighted(readFileSync(path, 'utf8'), language)
  return [{ name, html: page(relative(process.cwd(), path), code) }]
}

/** @param {string} title @param {string} code */
const page = (title, code) => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} | Millrace</title>
<link rel="stylesheet" href="../assets/style.css">
<link rel="stylesheet" href="../assets/highlight.css">
<link rel="stylesheet" href="../assets/custom.css">
<script>document.documentElement.dataset.theme = localStorage.getItem('tsd-theme') ?? 'os'</script>
</head>
<body class="source">
<p><a href="../index.html">Millrace</a></p>
<h1>${title}</h1>
<pre><code>${code}</code></pre>
</body>
</html>
`
