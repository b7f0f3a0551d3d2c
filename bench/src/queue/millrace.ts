import { Process, Queue, taskModule } from '@millrace/node'
import { expectIntact, type Load, payloadOf } from './load.ts'
import { type Subject, timed } from './subject.ts'

const tasks = taskModule<typeof import('./millrace-tasks.ts')>(new URL('./millrace-tasks.js', import.meta.url))

const taskOf = { 'to-child': tasks.consume, 'to-parent': tasks.produce, 'round-trip': tasks.echo }

/** Millrace as its users write it: two queues, every put and get awaited. */
export const millrace: Subject = {
  async open(load) {
    const there = new Queue<unknown>({ maxsize: 1000 })
    const back = new Queue<unknown>({ maxsize: 1000 })
    const child = new Process(taskOf[load.flow], { args: [there, back, load.case] }).start()
    const move = mover(load, there, back)
    return {
      run: (messages) => timed(() => move(messages)),
      async close() {
        await there.put(null)
        await child.join()
      },
    }
  },
}

function mover(load: Load, there: Queue<unknown>, back: Queue<unknown>): (messages: number) => Promise<void> {
  const payload = payloadOf(load.case)
  switch (load.flow) {
    case 'to-child':
      return async (messages) => {
        await there.put(messages)
        for (let i = 0; i < messages; i++) await there.put(payload)
        if (!(await back.get())) throw new Error(`The child did not get case '${load.case}' as it was sent.`)
      }
    case 'to-parent':
      return async (messages) => {
        await there.put(messages)
        let last: unknown
        for (let i = 0; i < messages; i++) last = await back.get()
        expectIntact(load.case, last)
      }
    case 'round-trip':
      return async (messages) => {
        let last: unknown
        for (let i = 0; i < messages; i++) {
          await there.put(payload)
          last = await back.get()
        }
        expectIntact(load.case, last)
      }
  }
}
