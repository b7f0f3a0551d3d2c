import { from, lastValueFrom, map, tap } from 'rxjs'
import { pipeline } from './subject.ts'
import { step } from './tasks.ts'

/** No worker at all. */
export const rxjsInProcess = pipeline(() => ({
  run: (items, arrived) => lastValueFrom(from(items).pipe(map(step), map(step), map(step), tap(arrived))),
}))
