import { TextDecoder } from 'node:util'
import { Parser } from 'htmlparser2'

/** In which attribute an element says what it links to. */
const LINKS = new Map([
  ['a', 'href'],
  ['area', 'href'],
  ['audio', 'src'],
  ['iframe', 'src'],
  ['img', 'src'],
  ['link', 'href'],
  ['script', 'src'],
  ['source', 'src'],
  ['video', 'src'],
])

/** These name a server, and nothing that it has. */
const HINTS = new Set(['dns-prefetch', 'preconnect'])

type Attributes = Readonly<Record<string, string>>

/** Reads the links of a page as its bytes come; none of them are kept. */
export class LinkReader {
  readonly #links = new Set<string>()
  readonly #parser = new Parser({ onopentag: (name, attributes) => this.#element(name, attributes) })
  readonly #decoder: TextDecoder
  readonly #url: string
  #base: string | undefined

  constructor(url: string, charset: string | null | undefined) {
    this.#url = url
    this.#decoder = decoderOf(charset ?? 'utf-8')
  }

  write(chunk: Uint8Array): void {
    this.#parser.write(this.#decoder.decode(chunk, { stream: true }))
  }

  /** All links into the web, each once. One that is no URL is there as it stands. */
  end(): string[] {
    this.#parser.end(this.#decoder.decode())
    return [...this.#links]
  }

  #element(name: string, attributes: Attributes): void {
    const { href, rel = '' } = attributes
    if (name === 'base' && href !== undefined && URL.canParse(href, this.#url))
      this.#base ??= new URL(href, this.#url).href
    const link = attributes[LINKS.get(name) ?? '']
    if (link === undefined || HINTS.has(rel)) return
    if (!URL.canParse(link, this.#base ?? this.#url)) this.#links.add(link)
    else this.#add(new URL(link, this.#base ?? this.#url))
  }

  #add(url: URL): void {
    if (url.protocol === 'http:' || url.protocol === 'https:') this.#links.add(withoutFragment(url))
  }
}

/** One name for a page, whichever part of it is meant. */
export function withoutFragment(url: URL): string {
  url.hash = ''
  return url.href
}

function decoderOf(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}
