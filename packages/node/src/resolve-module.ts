import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The module to load for the URL that the program named: the same, or, in a program that was compiled, the JavaScript
 * beside it that the TypeScript became.
 */
export function resolveModule(url: string): string {
  if (!url.startsWith('file:') || existsSync(fileURLToPath(url))) return url
  const compiled = url.replace(/\.([cm]?)tsx?$/, '.$1js')
  return compiled !== url && existsSync(fileURLToPath(compiled)) ? compiled : url
}
