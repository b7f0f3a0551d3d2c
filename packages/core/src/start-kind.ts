import { type Kind, platform } from './platform.ts'

let chosen: Kind | undefined

/** What processes are started as unless said otherwise: as `setStartMethod()` says, else as this one was started. */
export function defaultKind(): Kind {
  return chosen ?? platform().kinds[0]!
}

export function chooseKind(kind: Kind): void {
  chosen = kind
}
