import { AsyncLocalStorage } from 'node:async_hooks'
import type { CurrentTask, TaskScope } from '@millrace/core/child'

/** Follows each task through its awaits. */
export function taskScope(): TaskScope {
  const storage = new AsyncLocalStorage<CurrentTask>()
  return { run: (task, code) => storage.run(task, code), current: () => storage.getStore() }
}
