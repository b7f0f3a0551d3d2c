import { type Pool, taskModule } from '@millrace/node'
import { mapProcess, type Overflow } from '@millrace/node/rxjs'
import { catchError, defer, EMPTY, endWith, ignoreElements, map, type Observable, tap } from 'rxjs'

export const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

export const policies: readonly Overflow[] = ['buffer', 'error', 'drop-oldest', 'drop-newest']

/** What became of the lines under one policy. */
export interface Tally {
  readonly policy: Overflow
  came: number
  read: number
  errors: number
  /** How many lines the log was ahead of one that had been read, at most. */
  behind: number
  last: number
  end: string
}

/** Reads the lines of a log in a process, which is slower than they come, and tells what became of them. */
export function readBy(policy: Overflow, pool: Pool, maxsize: number, lines$: Observable<string>): Observable<Tally> {
  return defer(() => {
    const tally: Tally = { policy, came: 0, read: 0, errors: 0, behind: 0, last: 0, end: 'all was read' }
    return lines$.pipe(
      tap(() => {
        tally.came++
      }),
      mapProcess(tasks.read, { pool, maxsize, overflow: policy }),
      tap(({ number, level }) => {
        tally.read++
        tally.last = number
        tally.behind = Math.max(tally.behind, tally.came - number)
        if (level === 'ERROR') tally.errors++
      }),
      catchError((error) => {
        tally.end = error._tag ?? String(error)
        return EMPTY
      }),
      ignoreElements(),
      endWith(tally),
      map((told) => ({
        ...told,
        end: told.read < told.came && told.end === 'all was read' ? 'some dropped' : told.end,
      })),
    )
  })
}
