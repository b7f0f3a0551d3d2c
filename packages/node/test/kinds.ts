import { isQuick } from '../../core/test/thorough.ts'

const all = [{ kind: 'process' }, { kind: 'thread' }] as const

/** What runs tasks. Where a person waits, threads are left to CI, but for what is theirs alone. */
export const kinds: readonly (typeof all)[number][] = isQuick ? all.slice(0, 1) : all
