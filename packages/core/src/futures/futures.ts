import { Future } from './future.ts'

/** @throws TypeError unless all of them are futures; one that is given twice is there once */
export function checkedFutures<F extends Future>(futures: Iterable<F>): Set<F> {
  const all = new Set(futures)
  for (const each of all)
    if (!(each instanceof Future)) throw new TypeError(`only futures can be waited for here, not ${String(each)}`)
  return all
}
