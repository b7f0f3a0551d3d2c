import { setTimeout as sleep } from 'node:timers/promises'
import { Pool, SharedValue, taskModule } from '@millrace/node'
import { flatMapProcess, from, mapProcess } from '@millrace/node/rxjs'
import { lastValueFrom, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof import('./fixtures/stage-tasks.mjs')>(
  new URL('./fixtures/stage-tasks.mjs', import.meta.url),
)

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

describe.each(kinds)(
  'a pool of kind $kind all of whose workers wait for somebody to take what they have given',
  ({ kind }) => {
    test('goes on where that somebody waits for a worker of the same pool', async () => {
      await using pool = new Pool({ processes: 1, kind })
      const squares = from([500, 3, 0, 200]).pipe(
        flatMapProcess(tasks.countTo, { pool }),
        mapProcess(tasks.square, { pool }),
      )
      const expected = [500, 3, 0, 200].flatMap(upTo).map((n) => n * n)
      expect(await lastValueFrom(squares.pipe(toArray()))).toEqual(expected)
    })

    test('does what others want meanwhile, and keeps for the first what it was given', async () => {
      await using pool = new Pool({ processes: 2, kind })
      const values = pool.imap(tasks.countTo, [400, 300])[Symbol.asyncIterator]()
      expect(await values.next()).toEqual({ done: false, value: 1 })
      expect(await Promise.all([5, 6, 7].map((n) => pool.apply(tasks.square, [n])))).toEqual([25, 36, 49])
      const rest: number[] = []
      for (let next = await values.next(); !next.done; next = await values.next()) rest.push(next.value)
      expect(rest).toEqual([...upTo(400).slice(1), ...upTo(300)])
    })

    test('waits on where only more of the same is to be done', async () => {
      await using pool = new Pool({ processes: 1, kind })
      const given = new SharedValue('int32', 0)
      const values = pool.imap(tasks.countInto, [given, given, given], { buffersize: 3 })[Symbol.asyncIterator]()
      await values.next()
      await sleep(1_000)
      // As many as may be under way; those that were taken in otherwise would be thousands.
      expect(await given.get()).toBeLessThanOrEqual(130)
      await values.return?.()
    })
  },
)
