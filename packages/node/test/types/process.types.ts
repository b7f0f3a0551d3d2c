// Nothing here runs: the compiler checks it, and `@ts-expect-error` fails where it finds no error.
import { type Delivery, JoinableQueue, Process, Queue, type Task, taskModule } from '@millrace/node'

interface Module {
  add(a: number, b: number): Promise<number>
  word(): string
  write(queue: Queue<string>): Promise<void>
  perhaps(n?: number): void
  constant: number
}

const tasks = taskModule<Module>('file:///tasks.ts')

// The result is what the function returns, awaited.
export const sum: Promise<number> = new Process(tasks.add, { args: [1, 2] }).result
export const text: Promise<string> = new Process(tasks.word).result

// Arguments are those of the function, and may be left out only where it can be called without.
new Process(tasks.perhaps)
new Process(tasks.perhaps, { args: [1] })
new Process(tasks.write, { args: [new Queue<string>()] })
// @ts-expect-error the first argument is a number
new Process(tasks.add, { args: ['1', 2] })
// @ts-expect-error there is a second argument
new Process(tasks.add, { args: [1] })
// @ts-expect-error there are arguments
new Process(tasks.add)
// @ts-expect-error the queue is one of strings
new Process(tasks.write, { args: [new Queue<number>()] })
// @ts-expect-error only functions are tasks
export const constant = tasks.constant

// Processes of all kinds have a common type, and so have tasks.
export const processes: Process[] = [new Process(), new Process(tasks.word), new Process(tasks.add, { args: [1, 2] })]
export const numeric: Process<number> = new Process(tasks.add, { args: [1, 2] })
export const task: Task = tasks.add

// A queue takes and gives what it is declared for.
const queue = new Queue<{ id: number }>()
export const item: Promise<{ id: number }> = queue.get()
// @ts-expect-error the item lacks its id
void queue.put({})
export const delivery: Promise<Delivery<string>> = new JoinableQueue<string>().receive()
