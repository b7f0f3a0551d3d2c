/**
 * What the two sides say to each other beside the batches of bytes.
 *
 *     page                                   worker, frame, ...
 *       |        <- EXPOSED                    |   expose() was called: it can take a HELLO (workers and windows)
 *       |        <- CLOSED                     |   it called close() before it was greeted
 *       |        KNOCK ->                      |   windows alone: are you there?
 *       |        PORT, with a port ->          |   windows alone: all else comes over this
 *       |        HELLO, with a port ->         |   become this context, and speak to me over this port
 *       |                                      |
 *       |   over that port, between batches:   |
 *       |        <- ALIVE                      |   I am here, and hold this lock until I am not
 *       |        <- END                        |   my last word: how I ended
 */

/** Marks what is Millrace's among the messages that other code posts the same way; the number is the version. */
export const MARK = 'millrace.1'

export interface Signal {
  readonly mark: typeof MARK
  readonly is: 'exposed' | 'closed' | 'knock' | 'port'
}

export interface Hello {
  readonly mark: typeof MARK
  readonly is: 'hello'
  /** The new context's name in the tree. */
  readonly path: string
  readonly pid: number
  readonly maxFrame: number
  /** The lock that whoever starts it holds for as long as it lives; none where there are no locks. */
  readonly lock: string | undefined
  /** The memory of the claims to what it is handed, if it can have such. */
  readonly claims: Int32Array | undefined
}

export type Word =
  | { readonly is: 'alive'; readonly lock: string | undefined }
  | {
      readonly is: 'end'
      /** It had been told what to do. */
      readonly ran: boolean
      readonly exitCode: number
      readonly signal: string | null
      readonly stderr: string
    }

export function signal(is: Signal['is']): Signal {
  return { mark: MARK, is }
}

export function isSignal(message: unknown, is: Signal['is']): message is Signal {
  return isMarked(message) && (message as Partial<Signal>).is === is
}

export function isHello(message: unknown): message is Hello {
  if (!isMarked(message)) return false
  const { is, path, pid, maxFrame, lock, claims } = message as Partial<Hello>
  if (claims !== undefined && !(claims instanceof Int32Array)) return false
  if (is !== 'hello' || typeof path !== 'string' || (lock !== undefined && typeof lock !== 'string')) return false
  return Number.isInteger(pid) && Number.isInteger(maxFrame)
}

export function isMarked(message: unknown): boolean {
  return typeof message === 'object' && message !== null && (message as Partial<Signal>).mark === MARK
}
