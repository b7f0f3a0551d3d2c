// Nothing here runs: the compiler checks it, and `@ts-expect-error` fails where it finds no error.
import { taskModule } from '@millrace/node'
import {
  asCompleted,
  FIRST_COMPLETED,
  Future,
  ProcessPoolExecutor,
  type ReturnWhen,
  wait,
} from '@millrace/node/futures'

interface Module {
  add(a: number, b: number): Promise<number>
  word(): string
  perhaps(a: number, b?: string): boolean
  count(to: number): Generator<number>
  prepare(name: string): void
}

const tasks = taskModule<Module>('file:///tasks.ts')
const executor = new ProcessPoolExecutor({ maxWorkers: 2, initializer: tasks.prepare, initargs: ['a'] })

// A future is one of what the task returns, awaited; of a task that gives many values, a list.
export const sum: Future<number> = executor.submit(tasks.add, 1, 2)
export const text: Future<string> = executor.submit(tasks.word)
export const list: Future<number[]> = executor.submit(tasks.count, 3)
export const awaited: Promise<number> = (async () => await sum)()
export const result: Promise<number> = sum.result({ timeout: 100, signal: new AbortController().signal })
executor.submit(tasks.perhaps, 1)
executor.submit(tasks.perhaps, 1, 'b')
// @ts-expect-error there is a second argument
executor.submit(tasks.add, 1)
// @ts-expect-error it is a number
executor.submit(tasks.add, 1, '2')
// @ts-expect-error a function is no task
executor.submit((n: number) => n, 1)
// @ts-expect-error the argument of the initializer is a string
export const another = new ProcessPoolExecutor({ initializer: tasks.prepare, initargs: [1] })

// Inputs are iterables, one for each argument, and the options come last.
export const sums: AsyncIterableIterator<number> = executor.map(tasks.add, [1, 2], new Set([3, 4]), { chunksize: 2 })
executor.map(tasks.perhaps, [1], ['a'], { timeout: 100 })
executor.map(tasks.perhaps, [1], ['a'])
executor.map(tasks.add, [1], [2])
// @ts-expect-error there is a second argument
executor.map(tasks.add, [1])
// @ts-expect-error they are numbers
executor.map(tasks.add, ['1'], [2])
// @ts-expect-error there is no such option
executor.map(tasks.add, [1], [2], { size: 2 })

// Whoever waits for futures gets those.
export const found: Promise<{ done: Set<Future<number>>; notDone: Set<Future<number>> }> = wait([sum], {
  returnWhen: FIRST_COMPLETED,
})
export const mixed: Promise<{ done: Set<Future<number> | Future<string>> }> = wait([sum, text])
export const when: ReturnWhen = FIRST_COMPLETED
export async function loop(): Promise<void> {
  for await (const future of asCompleted([sum])) {
    const running: boolean = future.running()
    const value: number = await future.result()
    future.addDoneCallback((it) => it.cancelled() === running && value)
  }
}

// One's own.
export const own = new Future<number>()
own.setResult(1)
// @ts-expect-error it is one of numbers
own.setResult('1')
export const some: Future[] = [own, text]
