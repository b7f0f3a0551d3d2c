import { isQuick } from '../../core/test/thorough.ts'

const all = [{ kind: 'process' }, { kind: 'thread' }] as const

/** What runs tasks. Where a person waits, threads are left to CI, but for what is theirs alone. */
export const kinds: readonly (typeof all)[number][] = isQuick ? all.slice(0, 1) : all

const different = [
  { outer: 'process', inner: 'thread' },
  { outer: 'thread', inner: 'process' },
] as const
const same = [
  { outer: 'process', inner: 'process' },
  { outer: 'thread', inner: 'thread' },
] as const

/** What starts something, and what it starts. Where a person waits, those that are alike are left to CI. */
export const mixes = isQuick ? different : [...different, ...same]
