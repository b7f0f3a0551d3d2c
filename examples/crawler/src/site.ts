import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { lookup } from 'mrmime'
import { listing, markdownPage } from './document.ts'

/** What stands for a folder. */
const INDEXES = ['index.html', 'index.md', 'README.md']
const HTML = 'text/html; charset=utf-8'

/** A folder that is served on this machine, until its scope ends. */
export interface Site extends AsyncDisposable {
  readonly url: string
}

/** Serves a folder: HTML as it is, Markdown as HTML, folders as their index or a list of what is in them. */
export async function serveFolder(folder: string): Promise<Site> {
  const server = createServer((request, response) => {
    answer(folder, request, response).catch((error: NodeJS.ErrnoException) => {
      // Whoever asked may have left in the middle.
      if (response.headersSent) response.destroy()
      else say(response, error.code === 'ENOENT' || error.code === 'ENOTDIR' ? 404 : 500)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(folder: string, { method, url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') return say(response, 405)
  const { pathname } = new URL(url, 'http://localhost')
  const path = pathIn(pathname)
  if (path === undefined) return say(response, 404)
  const file = join(folder, path)
  if (!(await stat(file)).isDirectory()) return sendFile(response, file)
  // Relative links would lead elsewhere.
  if (!pathname.endsWith('/')) return void response.writeHead(301, { location: `${pathname}/` }).end()
  const names = (await readdir(file)).filter((name) => !isHidden(name))
  const index = INDEXES.find((name) => names.includes(name))
  if (index !== undefined) return sendFile(response, join(file, index))
  send(response, listing(path, names.sort()))
}

/** The path below the folder; undefined: none, or one that is nobody's business. */
function pathIn(pathname: string): string | undefined {
  try {
    // Normalised from the root on, it cannot lead out of it.
    const path = normalize(`/${decodeURIComponent(pathname)}`)
    return path.includes('\0') || path.split(/[/\\]/).some(isHidden) ? undefined : path
  } catch {
    return undefined
  }
}

const isHidden = (name: string) => name.startsWith('.') || name === 'node_modules'

async function sendFile(response: ServerResponse, file: string): Promise<void> {
  if (extname(file) === '.md') return send(response, markdownPage(await readFile(file, 'utf8')))
  const type = lookup(file) ?? 'application/octet-stream'
  response.setHeader('content-type', type.startsWith('text/') ? `${type}; charset=utf-8` : type)
  await pipeline(createReadStream(file), response)
}

function send(response: ServerResponse, html: string): void {
  response.writeHead(200, { 'content-type': HTML }).end(html)
}

function say(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end()
}
