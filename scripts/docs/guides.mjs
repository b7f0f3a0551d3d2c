import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Application } from 'typedoc'

/** Guides that are not in `docs/`. */
const OTHERS = ['bench/README.md', 'examples/README.md']

/** All guides, as paths from the root, in the order in which the README leads to them. @param {string} root */
export function guides(root) {
  const files = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  const ours = files.map((name) => `docs/${name}`)
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  // One that it does not lead to comes last; a test complains of it.
  const place = (guide) => (readme.includes(`](${guide})`) ? readme.lastIndexOf(`](${guide})`) : readme.length)
  const examples = readdirSync(join(root, 'examples')).map((name) => `examples/${name}/README.md`)
  const described = examples.filter((guide) => existsSync(join(root, guide)))
  return [...ours.sort((a, b) => place(a) - place(b)), ...OTHERS, ...described]
}

/** Names guides by their headings, and keeps them in the README's order. @param {Application} app @param {string} root */
export function arrangeGuides(app, root) {
  const order = guides(root)
  app.on(Application.EVENT_PROJECT_REVIVE, (project) => {
    const documents = project.documents ?? []
    const place = (document) => order.indexOf(relative(root, project.files.getReflectionPath(document)))
    for (const document of documents) document.name = headingOf(join(root, order[place(document)]))
    documents.sort((a, b) => place(a) - place(b))
    const modules = project.childrenIncludingDocuments?.filter((child) => !child.isDocument()) ?? []
    project.childrenIncludingDocuments = [...documents, ...modules]
    for (const parts of [project.readme ?? [], ...documents.map(({ content }) => content)]) keepFigures(parts)
  })
}

/** What has no language is a figure, not TypeScript. @param {import('typedoc').CommentDisplayPart[]} parts */
function keepFigures(parts) {
  for (const part of parts) if (part.kind === 'code') part.text = part.text.replace(/^```\n/, '```text\n')
}

/** @param {string} path */
function headingOf(path) {
  const heading = /^# (.+)$/m.exec(readFileSync(path, 'utf8'))?.[1]
  if (heading === undefined) throw new Error(`${path} has no heading`)
  return heading.replaceAll('`', '')
}
