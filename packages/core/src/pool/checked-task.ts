import { isTask, type Task } from '../task-module.ts'

/** @throws TypeError unless it is a task, which can run in another process */
export function checkedTask(task: unknown): Task {
  if (isTask(task)) return task
  throw new TypeError(
    `a pool runs tasks of a task module, not ${typeof task === 'function' ? 'a function' : String(task)}, which cannot ` +
      'leave this process: export the function from a module and name that with taskModule()',
  )
}
