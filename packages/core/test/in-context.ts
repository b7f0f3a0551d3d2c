import type { Context } from '../src/context.ts'

/** Where the runtime of a realm is kept; a constructor looks there for the context it is called in. */
const SLOT = Symbol.for('millrace.runtime.1')
const realm = globalThis as { [SLOT]?: unknown }

/** Makes handles as user code of that context does. */
export function inContext<T>(context: Context, make: () => T): T {
  const outer = realm[SLOT]
  realm[SLOT] = { context, hub: undefined, loading: false }
  try {
    return make()
  } finally {
    realm[SLOT] = outer
  }
}
