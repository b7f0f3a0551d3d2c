// Nothing here runs: the compiler checks it, and `@ts-expect-error` fails where it finds no error.
import { Pipe, Pool, Queue, taskModule } from '@millrace/node'
import {
  bufferDemand,
  filterProcess,
  flatMapProcess,
  forEach,
  from,
  fromConnection,
  fromQueue,
  mapProcess,
  partitionBy,
  progress,
  reduceProcess,
  scanProcess,
  stage,
  toAsyncIterable,
  toConnection,
  toQueue,
} from '@millrace/node/rxjs'
import { map, type Observable } from 'rxjs'
import { expectTypeOf } from 'vitest'

interface Page {
  readonly title: string
}

interface Module {
  fetchPage(url: string): Promise<Page>
  lengthOf(page: Page): number
  isLong(page: Page): boolean
  words(page: Page): Generator<string>
  count(n: number, word: string): Promise<number>
  watch(page: Page): Observable<string>
  news(page: Page): Promise<Observable<Date>>
  pairs(words$: Observable<string>): Observable<readonly [string, string]>
  add(a: number, b: number): number
}

const tasks = taskModule<Module>('file:///tasks.ts')
declare const urls: readonly string[]

// From the source to the end, each type follows from the signature of the task before.
export const lengths: Observable<number> = from(urls).pipe(
  mapProcess(tasks.fetchPage, { processes: 2, maxsize: 8, retries: 1 }),
  filterProcess(tasks.isLong),
  map((page) => page),
  bufferDemand(10, 'drop-oldest'),
  progress(({ count, rate }) => console.log(count + rate)),
  mapProcess(tasks.lengthOf, { ordered: false, concurrency: 2, timeout: 100, kind: 'thread', pool: new Pool() }),
)
export const words: Observable<string> = from(urls).pipe(mapProcess(tasks.fetchPage), flatMapProcess(tasks.words))
expectTypeOf(from(urls).pipe(mapProcess(tasks.fetchPage), flatMapProcess(tasks.watch))).toEqualTypeOf<
  Observable<string>
>()
expectTypeOf(from(urls).pipe(mapProcess(tasks.fetchPage), mapProcess(tasks.news))).toEqualTypeOf<Observable<Date[]>>()
expectTypeOf(new Pool().apply(tasks.watch, [{ title: '' }])).resolves.toEqualTypeOf<string[]>()
export const pairs: Observable<readonly [string, string]> = words.pipe(stage(tasks.pairs, { maxsize: 4 }))
export const counts: Observable<readonly [key: number, value: number]> = words.pipe(
  reduceProcess(tasks.count, { key: (word) => word.length, seed: 0, processes: 2 }),
)
export const running: Observable<readonly [key: string, value: number]> = words.pipe(
  scanProcess(tasks.count, { key: (word) => word, seed: 0 }),
)
export const parts: Observable<number> = words.pipe(
  partitionBy(
    (word) => word,
    3,
    (part$, index) => part$.pipe(map((word) => word.length + index)),
  ),
)
// A task that gives many values, where one result is wanted, gives a list.
export const lists: Observable<string[]> = from(urls).pipe(mapProcess(tasks.fetchPage), mapProcess(tasks.words))

// A failure is told with the item that the stage was given.
from(urls).pipe(mapProcess(tasks.fetchPage, { onError: (url: string, error: unknown) => console.log(url, error) }))
from(urls).pipe(mapProcess(tasks.fetchPage, { onError: 'skip' }))
// @ts-expect-error the item is a string
from(urls).pipe(mapProcess(tasks.fetchPage, { onError: (page: Page) => console.log(page) }))
// @ts-expect-error there is no such policy
from(urls).pipe(mapProcess(tasks.fetchPage, { overflow: 'drop' }))
// @ts-expect-error there is no such option
from(urls).pipe(mapProcess(tasks.fetchPage, { workers: 2 }))
// @ts-expect-error it wants a page
from(urls).pipe(mapProcess(tasks.lengthOf))
// @ts-expect-error a function is no task
from(urls).pipe(mapProcess((url: string) => url))
// @ts-expect-error a stage calls its task with one item
from([1]).pipe(mapProcess(tasks.add))
// @ts-expect-error it is no operator
words.pipe(stage(tasks.count))
// @ts-expect-error the state is a number
words.pipe(scanProcess(tasks.count, { key: (word: string) => word, seed: '' }))
// @ts-expect-error an object is no key
words.pipe(scanProcess(tasks.count, { key: (word: string) => ({ word }), seed: 0 }))

// Sources and ends.
const queue = new Queue<number>()
const [reader, writer] = Pipe<string>({ duplex: false })
export const fromHandles: [Observable<number>, Observable<number>, Observable<string>, Observable<string>] = [
  from(queue),
  fromQueue(queue),
  from(reader),
  fromConnection(reader),
]
export const ends: Array<Observable<number>> = [
  lengths.pipe(toQueue(queue)),
  words.pipe(toConnection(writer)),
  words.pipe(forEach(async (word) => word.length, { concurrency: 2 })),
]
// @ts-expect-error the queue is one of numbers
words.pipe(toQueue(queue))
export const iterated: AsyncIterable<string> = toAsyncIterable(words, { maxsize: 2 })
