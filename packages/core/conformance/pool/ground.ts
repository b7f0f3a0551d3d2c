import { type Kind, Pool, type PoolOptions, type Tasks } from '@millrace/core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'

/** What the suite stands on. */
export interface Ground {
  readonly tasks: Tasks<typeof import('../pool-tasks.mjs')>
  readonly kind: Kind
  /** For tests that leave it as it was: two workers, that are ready. */
  readonly pool: Pool
  /** For the others. */
  make<InitArgs extends readonly unknown[] = readonly never[]>(options?: PoolOptions<InitArgs>): Pool<InitArgs>
}

/** The pool that most tests share: made before the first, and ended after the last; at rest after each. */
export function groundFor(kind: Kind, tasks: Ground['tasks']): Ground {
  // What dies on purpose writes why to its stderr.
  const stdio = kind === 'worker' ? 'inherit' : 'ignore'
  const make: Ground['make'] = (options) => new Pool({ kind, processes: 1, stdio, ...options })
  const ground = { kind, tasks, make } as { -readonly [Key in keyof Ground]: Ground[Key] }
  const start = async () => {
    ground.pool = make({ processes: 2, grace: 200 })
    await ground.pool.prewarm(2, tasks.same)
  }
  beforeAll(start)
  afterEach(async () => {
    const { open } = ground.pool.stats
    if (open === 0) return
    // The next ones shall not fail of that, too.
    await ground.pool.terminate()
    await start()
    expect.fail(`the test has left ${open} of what it gave to the pool`)
  })
  afterAll(async () => {
    await ground.pool.close()
    await ground.pool.join()
  })
  return ground
}

/** What a promise is rejected with. */
export function errorOf(promise: PromiseLike<unknown>): Promise<Error & { cause?: Error & { cause?: Error } }> {
  return Promise.resolve(promise).then(
    (value) => expect.fail(`resolved with ${String(value)}`),
    (error) => error,
  )
}

/** Everything that comes. */
export async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** The next values, and errors, of an iterator, as `[value]`, an error, or `undefined` at its end. */
export async function outcomesOf(items: AsyncIterator<unknown>, count: number): Promise<unknown[]> {
  const outcomes: unknown[] = []
  for (let i = 0; i < count; i++)
    outcomes.push(
      await items.next().then(
        ({ done, value }) => (done ? undefined : [value]),
        (error) => error,
      ),
    )
  return outcomes
}

/** Resolves when that is so. */
export async function until(so: () => boolean): Promise<void> {
  const start = performance.now()
  while (!so()) {
    if (performance.now() - start > 20_000) expect.fail(`it never came to ${String(so)}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
