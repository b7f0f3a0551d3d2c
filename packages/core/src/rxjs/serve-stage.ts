import { isObservable, lastValueFrom, type Observable } from 'rxjs'
import { described } from '../described.ts'
import { installStageServer } from '../stage-server.ts'
import { fromConnection } from './from-connection.ts'
import { toConnection } from './to-connection.ts'

type Operator = (source: Observable<unknown>) => unknown

installStageServer(async ({ run, input, output, spec }) => {
  const operator = run as unknown as Operator
  await lastValueFrom(checked(spec.name, operator(fromConnection(input))).pipe(toConnection(output)))
})

/** The RxJS of the task may be another copy of it than this one's. */
function checked(task: string, returned: unknown): Observable<unknown> {
  if (isObservable(returned)) return returned
  throw new TypeError(`task ${task} of stage() has to return an Observable, and returned ${described(returned)}`)
}
