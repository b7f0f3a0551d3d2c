import type { Context } from './context.ts'
import { EncodeError } from './errors.ts'

/** The contexts of this realm that lead to other hubs than the program's own. */
const contexts = new Set<Context>()

export function leadsAbroad(context: Context): void {
  for (const each of contexts) if (each.link.closed) contexts.delete(each)
  contexts.add(context)
}

/**
 * A hub keeps alive what lies in its own items alone. What belongs to a manager's process is kept by its sender until
 * that process ends; what belongs to the program's own tree cannot go to a manager's process, which knows nothing of it.
 *
 * @throws EncodeError
 */
export function checkRefs(refs: readonly string[], context: Context): void {
  for (const id of refs) {
    if (id.startsWith('@')) {
      for (const other of contexts) if (other !== context) other.pin(id)
    } else if (context.abroad !== undefined)
      throw new EncodeError(
        `the handle ${id} belongs to this program and not to the manager, whose process cannot reach it: ` +
          'make it with the manager',
      )
  }
}
