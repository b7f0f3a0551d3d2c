/** A value of the user's in words. It may have none, or throw when it is asked: whoever tells of it must not fail of that. */
export function inWords(value: unknown): string {
  try {
    return String(value)
  } catch {
    return `${typeof value === 'function' ? 'a function' : 'an object'} that has no words for itself`
  }
}

/** The same of what was given in place of something else: a text is in quotes, for '2' is no number. */
export function givenInWords(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : inWords(value)
}

/** The same with the trace, where it has one: what was thrown. */
export function traceInWords(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.stack ?? thrown.message) : String(thrown)
  } catch {
    return inWords(thrown)
  }
}
