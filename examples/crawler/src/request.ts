import { STATUS_CODES } from 'node:http'
import { MIMEType } from 'node:util'
import { currentTask } from '@millrace/node'

/** Who we are, to `robots.txt` and to servers. */
export const AGENT = 'millrace-crawler'

/** Answers of servers that may give another one the next time. */
const MAY_PASS = new Set([408, 429, 500, 502, 503, 504])

/**
 * Asks a server, for as long as the task is wanted.
 * @throws Error with the `status`, if the answer may be another one the next time
 */
export async function request(
  method: 'GET' | 'HEAD',
  url: string,
  redirect: 'manual' | 'follow' = 'manual',
): Promise<Response> {
  const { signal } = currentTask()
  const headers = { 'user-agent': AGENT }
  const response = await fetch(url, { method, redirect, signal, headers }).catch((error: unknown) => {
    throw reasonOf(error)
  })
  if (!MAY_PASS.has(response.status)) return response
  await discard(response)
  throw Object.assign(new Error(sayStatus(response.status)), { status: response.status })
}

/** `404 Not Found` */
export const sayStatus = (status: number) => `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()

/** What the server says that it sends. */
export function typeOf(response: Response): MIMEType | undefined {
  try {
    return new MIMEType(response.headers.get('content-type') ?? '')
  } catch {
    return undefined
  }
}

/** The bytes of an answer, as they come. To leave a loop over them is to hang up. */
export async function* bytesOf(response: Response): AsyncGenerator<Uint8Array, void> {
  try {
    yield* response.body ?? []
  } catch (error) {
    throw reasonOf(error)
  }
}

/** Has the server send no more. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel()
}

/** The error itself only says that something failed; why is in its cause. */
function reasonOf(error: unknown): unknown {
  if (!(error instanceof Error && error.cause instanceof Error)) return error
  const { message, code }: NodeJS.ErrnoException = error.cause
  return new Error(message || code)
}
