import { onExit } from '../exit-hooks.ts'

let watched = false
let ending = false

/** From now on it is noticed when the program ends. */
export function watchForTheEnd(): void {
  if (watched) return
  watched = true
  // Before the hooks of users.
  onExit(
    () => {
      ending = true
    },
    { priority: Number.POSITIVE_INFINITY },
  )
}

/** Whether the program is ending: nothing that is begun now would be done. */
export function isEnding(): boolean {
  return ending
}
