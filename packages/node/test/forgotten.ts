import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { runtime } from '@millrace/core/internal'
import { expect } from 'vitest'
import { range } from '../../core/conformance/observed.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Expects that the hub keeps what is made for as long as it can be reached, and no longer. */
export async function expectForgotten(makeAndForget: () => Promise<void>): Promise<void> {
  const kept = () => runtime().hub!.size
  await clean()
  const before = kept()
  await makeAndForget()
  expect(kept()).toBeGreaterThan(before)
  await clean()
  expect(kept()).toBe(before)
}

/** Lets what is garbage be found. */
export async function clean(): Promise<void> {
  for (const _ of range(10)) {
    collect()
    await sleep(2)
  }
}
