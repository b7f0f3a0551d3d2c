import { AsyncLocalStorage } from 'node:async_hooks'
import type { CurrentTask } from '@millrace/core'
import type { TaskScope } from '@millrace/core/internal'

/** Follows each task through its awaits. */
export function taskScope(): TaskScope {
  const storage = new AsyncLocalStorage<CurrentTask>()
  return { run: (task, code) => storage.run(task, code), current: () => storage.getStore() }
}
