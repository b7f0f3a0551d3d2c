// What the workers do. What is so is returned; what may pass is thrown, and the pool tries again.

import type { MIMEType } from 'node:util'
import { LinkReader, withoutFragment } from './links.ts'
import type { Outcome } from './page.ts'
import { bytesOf, discard, request, typeOf } from './request.ts'

/** Nobody has to read more of a `robots.txt`. */
const MOST_ROBOTS = 500 * 1024

/** Fetches a page, and reads its links. */
export async function visit(url: string, maxBytes: number): Promise<Outcome> {
  const start = performance.now()
  const response = await request('GET', url)
  const redirect = redirectOf(response, url, start)
  if (redirect !== undefined) {
    await discard(response)
    return redirect
  }
  const type = typeOf(response)
  const reader = response.ok && isHtml(type) ? new LinkReader(url, type?.params.get('charset')) : undefined
  let bytes = 0
  for await (const chunk of bytesOf(response)) {
    bytes += chunk.length
    if (bytes > maxBytes) break
    reader?.write(chunk)
  }
  return { ...seen(response, start), bytes, cut: bytes > maxBytes, links: reader?.end() ?? [] }
}

/** Looks whether something is there, without reading it. */
export async function check(url: string): Promise<Outcome> {
  const start = performance.now()
  let response = await request('HEAD', url)
  // There are servers that do not know HEAD, or say then that there is nothing.
  if (response.status >= 400) response = await request('GET', url)
  await discard(response)
  const length = response.headers.get('content-length')
  const bytes = length === null ? null : Number(length)
  return redirectOf(response, url, start) ?? { ...seen(response, start), bytes, cut: false, links: [] }
}

/** The text of a `robots.txt`; a host that has none allows everything. */
export async function readRobots(url: string): Promise<string> {
  const response = await request('GET', url, 'follow')
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of bytesOf(response)) {
    if (!response.ok || text.length > MOST_ROBOTS) break
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

const seen = (response: Response, start: number) => ({
  is: 'read' as const,
  status: response.status,
  type: typeOf(response)?.essence ?? 'unknown',
  ms: performance.now() - start,
})

function redirectOf({ status, headers }: Response, url: string, start: number): Outcome | undefined {
  const header = headers.get('location')
  if (status < 300 || status >= 400 || header === null) return undefined
  // A header is bytes, a character each. As browsers do, and fetch where it follows redirects: they are UTF-8.
  const location = Buffer.from(header, 'latin1').toString()
  if (!URL.canParse(location, url))
    return { is: 'failed', problem: `redirects to ${location}, which is no URL`, status }
  return { is: 'redirected', status, to: withoutFragment(new URL(location, url)), ms: performance.now() - start }
}

function isHtml(type: MIMEType | undefined): boolean {
  return type?.essence === 'text/html' || type?.essence === 'application/xhtml+xml'
}
