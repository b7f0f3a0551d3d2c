import { taskModule } from '@millrace/browser'
import { forEach, from, mapProcess, stage } from '@millrace/browser/rxjs'
import { lastValueFrom, map, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { tasks } from './tasks.ts'

const operators = taskModule<typeof import('./fixtures/operators.ts')>(
  () => new Worker(new URL('./fixtures/operators.worker.ts', import.meta.url), { type: 'module' }),
)

describe('a pipeline over Web Workers', () => {
  test('calls tasks, in order, and holds an endless source back', async () => {
    let asked = 0
    function* numbers() {
      while (true) yield asked++
    }
    const pipeline = from(numbers()).pipe(
      mapProcess(tasks.square, { processes: 2, maxsize: 4 }),
      map((n) => n + 1),
      mapProcess(tasks.square, { maxsize: 4 }),
      take(5),
      toArray(),
    )
    expect(await lastValueFrom(pipeline)).toEqual([1, 4, 25, 100, 289])
    expect(asked).toBeLessThan(50)
  })

  test('fails with what a task throws', async () => {
    const failing = from([1]).pipe(
      map(() => 1),
      mapProcess(tasks.fail as never),
      forEach(() => {}),
    )
    await expect(lastValueFrom(failing)).rejects.toThrow()
  })

  test('runs an operator in a worker that has loaded what that takes', async () => {
    expect(await lastValueFrom(from([1, 2, 3, 4]).pipe(stage(operators.pairSums), toArray()))).toEqual([3, 7])
  })

  test('tells what such a worker lacks', async () => {
    const lacking = from([1]).pipe(stage(tasks.square as never), toArray())
    await expect(lastValueFrom(lacking)).rejects.toThrow("import '@millrace/browser/rxjs'")
  })
})
