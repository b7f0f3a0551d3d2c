// What every platform has and the ECMAScript libraries do not declare.
declare class TextDecoder {
  constructor(label: 'utf-8', options: { ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}
declare class TextEncoder {
  encode(text: string): Uint8Array
  encodeInto(text: string, bytes: Uint8Array): { written: number }
}
declare const crypto: { getRandomValues<T extends Uint8Array>(bytes: T): T }
declare function queueMicrotask(callback: () => void): void
declare const console: { error(message: string): void; warn(message: string): void }
