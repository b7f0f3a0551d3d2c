import { expect } from 'vitest'
import { timed } from '../../../core/conformance/observed.ts'

/** Resolves within seconds, and not when some task that takes a minute is done. */
export async function expectPromptly(promise: Promise<unknown>): Promise<void> {
  const [result, ms] = await timed(promise)
  expect(result.status).toBe('fulfilled')
  expect(ms).toBeLessThan(40_000)
}
