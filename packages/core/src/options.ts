/**
 * Looks over the options of a constructor: one that is misspelt would do nothing, without a word.
 *
 * @param of what is made, as its user writes it
 * @throws TypeError unless it is an object with nothing but these
 */
export function checkOptions(of: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${of} takes its options as an object, such as { ${known[0]}: … }, not ${String(options)}`)
  const stranger = Object.keys(options).find((name) => !known.includes(name))
  if (stranger !== undefined) throw new TypeError(`${of} has no option '${stranger}': it has ${known.join(', ')}`)
}

/**
 * The arguments of a call: any iterable, as in Python, but no text, whose characters nobody means.
 * @throws TypeError
 */
export function checkedList(name: string, args: Iterable<unknown>): Iterable<unknown> {
  if (typeof args === 'object' && args !== null && Symbol.iterator in args) return args
  throw new TypeError(`${name} must be a list of arguments, such as [5], not ${String(args)}`)
}

/** What an operation is refused with that is told how long it may wait by something that does not say so. */
export function refusedWait(options: { readonly timeout?: unknown } | undefined): TypeError | undefined {
  if (options === undefined) return undefined
  if (typeof options !== 'object' || options === null)
    return new TypeError(`how long to wait is said by an object, { timeout: milliseconds }, not ${String(options)}`)
  const { timeout } = options
  if (timeout === undefined || typeof timeout === 'number') return undefined
  return new TypeError(`timeout must be a number of milliseconds, not ${typeof timeout} ${String(timeout)}`)
}
