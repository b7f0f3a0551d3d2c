import { JoinableQueue, Pipe, Process, Queue, SimpleQueue, taskModule } from '@millrace/browser'

const tasks = taskModule<typeof import('./tasks.ts')>(
  () => new Worker(new URL('./tasks.worker.ts', import.meta.url), { type: 'module' }),
)

/** A handle of every kind goes to a worker, which names none of their classes. */
async function passedOn(): Promise<string[]> {
  const [work, on] = [new JoinableQueue<string>(), new SimpleQueue<string>()]
  const [here, there] = Pipe<string>()
  new Process(tasks.passOn, { args: [work, on, there] }).start()
  await work.put('item')
  const passed = [await on.get(), await here.recv()]
  await work.join()
  return passed
}

/** One of everything that a bundler may get wrong: tasks, queues both ways, errors, a worker of a worker. */
async function report(): Promise<object> {
  const [words, lengths] = [new Queue<string>({ maxsize: 2 }), new Queue<number>()]
  const workers = ['one', 'two', 'three'].map((name) =>
    new Process(tasks.measure, { name, args: [words, lengths] }).start(),
  )
  for (const word of ['a', 'list', 'of', 'several', 'words']) await words.put(word)
  for (const _ of workers) await words.put('')
  const measured = await Promise.all(workers.map((worker) => worker.result))
  for (const worker of workers) await worker.join()
  const found: number[] = []
  while (!(await lengths.empty())) found.push(await lengths.get())
  const failed = await new Process(tasks.fail).start().result.catch((error: Error) => `${error.name}: ${error.message}`)
  return {
    lengths: found.sort((a, b) => a - b),
    measured: measured.reduce((sum, count) => sum + count, 0),
    exitCodes: workers.map((worker) => worker.exitCode),
    failed,
    nested: await new Process(tasks.squareElsewhere, { args: [12] }).start().result,
    passedOn: await passedOn(),
    isolated: crossOriginIsolated,
  }
}

document.querySelector('#result')!.textContent = JSON.stringify(
  await report().catch((error) => ({ error: `${error}` })),
)
