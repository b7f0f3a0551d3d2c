import { Process } from '@millrace/browser'
import { expect, test } from 'vitest'
import { tasks } from './tasks.ts'

const isolated = import.meta.env.MILLRACE_ISOLATED === 'yes'

test(`pages and workers are ${isolated ? '' : 'not '}cross-origin isolated`, async () => {
  expect(crossOriginIsolated).toBe(isolated)
  expect(await new Process(tasks.isIsolated).start().result).toBe(isolated)
  expect(typeof SharedArrayBuffer === 'function').toBe(isolated)
})
