// A worker is killed while it holds a lock, halfway through its work. In Python that lock is lost, and with it everybody
// who wants it. Here it goes to the next in line, who is told, repairs what the lock protects, and goes on.

import { type Kind, Lock, Process, SharedArray, SharedEvent, taskModule } from '@millrace/node'

const kind = (process.argv[2] ?? 'process') as Kind

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

const accounts = new SharedArray('int32', [100, 0])
const lock = new Lock()
const halfway = new SharedEvent()

const unlucky = new Process(tasks.dieHalfway, { args: [accounts, lock, halfway], name: 'unlucky', kind }).start()
await halfway.wait()
const heir = new Process(tasks.transfer, { args: [accounts, lock, 100], name: 'heir', kind }).start()
await unlucky.kill()
await heir.join()
await new Process(tasks.transfer, { args: [accounts, lock, 100], name: 'next', kind }).start().join()
