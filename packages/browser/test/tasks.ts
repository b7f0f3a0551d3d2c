import { taskModule } from '@millrace/browser'

/** The tasks of `fixtures/tasks.ts`, each in a Web Worker. */
export const tasks = taskModule<typeof import('./fixtures/tasks.ts')>(
  () => new Worker(new URL('./fixtures/tasks.worker.ts', import.meta.url), { type: 'module' }),
)
