import * as managedTasks from './managed-tasks.mjs'
import * as pipeTasks from './pipe-tasks.mjs'
import * as queueTasks from './queue-tasks.mjs'
import * as sharedTasks from './shared-tasks.mjs'
import * as signalTasks from './signal-tasks.mjs'
import * as syncTasks from './sync-tasks.mjs'

/** @type {Record<string, Function>} */
const tasks = {}
for (const suite of [queueTasks, pipeTasks, managedTasks, sharedTasks, syncTasks, signalTasks])
  for (const [name, task] of Object.entries(suite)) {
    if (name in tasks) throw new TypeError(`two suites have a task called ${name}`)
    tasks[name] = task
  }

/**
 * The only function that a transport has to start elsewhere: runs the tasks that it is ordered to, each as soon as its
 * order comes, until its context ends.
 *
 * @param {import('@millrace/core').SimpleQueue<{ id: number, task: string, args: unknown[] }>} orders
 * @param {import('@millrace/core').SimpleQueue<{ id: number, ok: boolean, value: unknown }>} replies
 */
export async function serve(orders, replies) {
  for await (const { id, task, args } of orders)
    void Promise.resolve()
      .then(() => tasks[task]?.(...args))
      .then(
        (value) => replies.put({ id, ok: true, value }),
        (value) => replies.put({ id, ok: false, value }),
      )
      // The context was killed meanwhile.
      .catch(() => {})
}
