import { lastValueFrom, type Observable } from 'rxjs'
import { installStageServer } from '../stage-server.ts'
import { fromConnection } from './from-connection.ts'
import { toConnection } from './to-connection.ts'

type Operator = (source: Observable<unknown>) => Observable<unknown>

installStageServer(async ({ run, input, output }) => {
  const operator = run as unknown as Operator
  await lastValueFrom(operator(fromConnection(input)).pipe(toConnection(output)))
})
