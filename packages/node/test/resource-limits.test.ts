import { JoinableQueue, OutOfMemoryError, Process, ProcessDiedError, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { kinds } from './kinds.ts'

const tasks = taskModule<typeof import('./fixtures/limit-tasks.mjs')>(
  new URL('./fixtures/limit-tasks.mjs', import.meta.url),
)

describe.each(kinds)('the resource limits of a $kind', ({ kind }) => {
  test.each(['pipe', 'ignore'] as const)(
    'one that needs more memory ends alone, with an error that says so; what it held comes back (stdio: %s)',
    async (stdio) => {
      const queue = new JoinableQueue<string>()
      await queue.put('item')
      const options = { kind, stdio, resourceLimits: { maxOldGenerationSizeMb: 32 } }
      const greedy = new Process(tasks.takeAndGrow, { args: [queue], ...options }).start()
      const { pid } = greedy
      const error = await greedy.result.catch((error: unknown) => error)
      expect(error).toBeInstanceOf(OutOfMemoryError)
      expect(error).toBeInstanceOf(ProcessDiedError)
      expect(error).toMatchObject({ _tag: 'OutOfMemoryError', pid })
      await greedy.join()
      expect(greedy.exitCode).not.toBe(0)
      const { item, deliveries, done } = await queue.receive()
      expect([item, deliveries]).toEqual(['item', 2])
      done()
      await queue.join()
    },
  )

  test('the heap is as large as its two generations may be', async () => {
    const limit = async (maxOldGenerationSizeMb: number, maxYoungGenerationSizeMb: number) =>
      new Process(tasks.heapLimit, {
        kind,
        resourceLimits: { maxOldGenerationSizeMb, maxYoungGenerationSizeMb },
      }).start().result
    const [small, old, young] = await Promise.all([limit(64, 3), limit(128, 3), limit(64, 48)])
    expect(old - small).toBe(64)
    expect(young - small).toBe(45)
    expect(small).toBeLessThan(80)
  })

  test('a larger stack lets functions call deeper', async () => {
    const depth = async (stackSizeMb: number) =>
      (await new Process(tasks.depth, { kind, resourceLimits: { stackSizeMb } }).start().result) ?? 0
    const [small, large] = await Promise.all([depth(1), depth(4)])
    expect(small).toBeGreaterThan(1_000)
    expect(large).toBeGreaterThan(small * 2)
    // More than there is does not mean a crash.
    expect(await depth(16)).toBeGreaterThan(large)
  })

  test('a child of one that is limited has its own limit', async () => {
    const [outer, inner] = [{ maxOldGenerationSizeMb: 64 }, { maxOldGenerationSizeMb: 128 }]
    const child = new Process(tasks.heapLimitOfChild, { args: [inner], kind, resourceLimits: outer }).start()
    expect(await child.result).toBeGreaterThanOrEqual(128)
  })

  test.each([
    { maxOldGenerationSizeMb: 0 },
    { maxOldGenerationSizeMb: '64' as never },
    { maxYoungGenerationSizeMb: Number.NaN },
    { stackSizeMb: 0.5 },
    { stackSizeMb: Number.POSITIVE_INFINITY },
  ])('%o is refused at the start', (resourceLimits) => {
    const child = new Process(tasks.heapLimit, { kind, resourceLimits })
    expect(() => child.start()).toThrow(TypeError)
    expect(() => child.start()).toThrow(Object.keys(resourceLimits)[0])
  })
})
