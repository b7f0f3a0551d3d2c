import { activeChildren } from '@millrace/node'
import { expect } from 'vitest'

/** Resolves when no process is left that was started here. */
export async function alone(): Promise<void> {
  await Promise.all(activeChildren().map((child) => child.join()))
  expect(activeChildren()).toEqual([])
}
