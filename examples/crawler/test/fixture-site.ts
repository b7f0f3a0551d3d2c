import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A temporary folder with these files, gone after the test. */
export async function folderWith(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'crawler-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

/** A page's HTML, or whatever else a server may do. */
export type Answer = string | ((request: IncomingMessage, response: ServerResponse) => void)

export interface FixtureSite {
  readonly url: string
  /** What it was asked for so far, such as `GET /`, in order. */
  readonly asked: readonly string[]
  /** How many requests were open at once, at most. */
  readonly most: () => number
}

/** A server with these pages, and 404 for all others, gone after the test. */
export async function siteWith(pages: Record<string, Answer>): Promise<FixtureSite> {
  const asked: string[] = []
  let open = 0
  let most = 0
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    most = Math.max(most, ++open)
    response.on('close', () => open--)
    const answer = pages[request.url ?? '']
    if (answer === undefined) response.writeHead(404).end()
    else if (typeof answer === 'string') response.setHeader('content-type', 'text/html').end(answer)
    else answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked, most: () => most }
}

/** A page with these links. */
export const linking = (...urls: string[]): string => urls.map((url) => `<a href="${url}">there</a>`).join('\n')

export const redirecting = (to: string, status = 302): Answer => {
  return (_, response) => response.writeHead(status, { location: to }).end()
}
