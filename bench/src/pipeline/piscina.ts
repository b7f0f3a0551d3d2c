import { FixedQueue, Piscina } from 'piscina'
import { from, lastValueFrom, mergeMap, tap } from 'rxjs'
import { bound, type Item, stages, workers } from './load.ts'
import { pipeline } from './subject.ts'

const filename = new URL('./tasks.js', import.meta.url).href

/** A pool for each stage, called by `mergeMap` with as many calls under way as the others' stages have room for. */
export const piscina = pipeline(() => {
  const pools = Array.from(
    { length: stages },
    () =>
      new Piscina<Item, Item>({
        filename,
        name: 'step',
        minThreads: workers,
        maxThreads: workers,
        concurrentTasksPerWorker: 16,
        taskQueue: new FixedQueue(),
        recordTiming: false,
      }),
  )
  const [first, second, third] = pools.map((pool) => mergeMap((item: Item) => pool.run(item), bound))
  return {
    run: (items, arrived) => lastValueFrom(from(items).pipe(first!, second!, third!, tap(arrived))),
    close: () => Promise.all(pools.map((pool) => pool.destroy())),
  }
})
