import type { CaseName } from './load.ts'

/** A method, and where it has chunks of a fixed size, their size; where they are not named, they are Python's choice. */
export function poolWays(name: CaseName): readonly string[] {
  switch (name) {
    case 'tiny-apply':
    case 'cpu':
      return ['map 1', 'imap_unordered 1', 'apply_async']
    case 'tiny-map':
      return ['map', 'map 10000', 'imap_unordered 10000']
    case 'first-result':
      return ['apply_async']
  }
}

export function executorWays(name: CaseName): readonly string[] {
  switch (name) {
    case 'tiny-apply':
    case 'cpu':
      return ['map 1', 'submit']
    case 'tiny-map':
      return ['map 10000']
    case 'first-result':
      return ['submit']
  }
}
