/** How much of a dead process's standard error is reported, in bytes. */
const LIMIT = 8 * 1024

/** Keeps the last bytes of a stream. */
export class StderrTail {
  #chunks: Buffer[] = []
  #size = 0

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    while (this.#size - this.#chunks[0]!.length >= LIMIT) this.#size -= this.#chunks.shift()!.length
  }

  /** The last 8 KiB, cut at the beginning of a character. */
  get text(): string {
    const bytes = Buffer.concat(this.#chunks)
    let start = Math.max(0, bytes.length - LIMIT)
    while (start < bytes.length && start > 0 && (bytes[start]! & 0xc0) === 0x80) start++
    return bytes.toString('utf8', start)
  }
}
