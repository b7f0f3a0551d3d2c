import { inWords } from './in-words.ts'

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
export function refusedWait(
  options: { readonly timeout?: unknown; readonly signal?: unknown } | undefined,
): TypeError | undefined {
  if (options === undefined) return undefined
  if (typeof options !== 'object' || options === null)
    return new TypeError(`how long to wait is said by an object, { timeout: milliseconds }, not ${String(options)}`)
  const { timeout, signal } = options
  if (timeout !== undefined && typeof timeout !== 'number')
    return new TypeError(`timeout must be a number of milliseconds, not ${typeof timeout} ${String(timeout)}`)
  return signal === undefined || isSignal(signal) ? undefined : noSignal(signal)
}

/** @throws TypeError what `refusedWait` says */
export function checkWait(options: Parameters<typeof refusedWait>[0]): void {
  const refused = refusedWait(options)
  if (refused !== undefined) throw refused
}

function isSignal(signal: unknown): boolean {
  return typeof signal === 'object' && signal !== null && 'addEventListener' in signal
}

/** Who listens to it would fail of it in the middle of something. */
function noSignal(given: unknown): TypeError {
  const isController = typeof given === 'object' && given !== null && 'signal' in given
  const what = isController ? 'its controller: pass controller.signal' : inWords(given)
  return new TypeError(`signal must be an AbortSignal, not ${what}`)
}
