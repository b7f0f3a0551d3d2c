import { isInUse, runtime } from '@millrace/core/child'

/** The exit code of Node for a program of which something is awaited that nothing is left to settle. */
export const UNSETTLED = 13

/** What such a program waits for, and how to get out of it: Node itself says nothing, and Python would hang. */
export function whatWaits(): string | undefined {
  const waiting = isInUse() ? runtime().context.waiting() : undefined
  if (waiting === undefined) return undefined
  return (
    `Millrace: the program ends here, for it awaits what nobody is left to bring about: ${waiting}. ` +
    'Start whoever is to put or get there before, or give up by { timeout } or { signal }.'
  )
}
