import type { ResourceLimits, SpawnRequest } from '@millrace/core/child'

/** With less, Node cannot even start a thread, and takes the whole program along. */
const LEAST_STACK_MB = 1
/** The main thread of a process has what the system gives it, 8 MiB as a rule. Beyond that it crashes. */
const MOST_STACK_MB = 7

/** @throws TypeError at a limit that is no positive number, or at too small a stack */
export function checkedLimits({ resourceLimits = {}, name }: SpawnRequest): ResourceLimits {
  for (const [limit, megabytes] of Object.entries(resourceLimits) as Array<[string, unknown]>) {
    if (megabytes === undefined) continue
    const least = limit === 'stackSizeMb' ? LEAST_STACK_MB : 0
    if (typeof megabytes !== 'number' || !(megabytes > 0 && megabytes >= least && megabytes < Number.POSITIVE_INFINITY))
      throw new TypeError(
        `process ${name}: resourceLimits.${limit} must be a number of MiB, ${least > 0 ? `at least ${least}` : 'more than 0'}, ` +
          `not ${String(megabytes)}`,
      )
  }
  return resourceLimits
}

/** The flags with which a Node process keeps the limits. Where a flag comes twice, the last one counts. */
export function limitFlags(limits: ResourceLimits): string[] {
  const { maxOldGenerationSizeMb: old, maxYoungGenerationSizeMb: young, stackSizeMb: stack } = limits
  const flags: string[] = []
  if (old !== undefined) flags.push(`--max-old-space-size=${Math.max(1, Math.round(old))}`)
  // The young generation has three semi-spaces.
  if (young !== undefined) flags.push(`--max-semi-space-size=${Math.max(1, Math.floor(young / 3))}`)
  if (stack !== undefined) flags.push(`--stack-size=${Math.floor(Math.min(stack, MOST_STACK_MB) * 1024)}`)
  return flags
}

/** What V8 writes before it ends a process that needs more memory than it may have. */
const LAST_WORDS = /FATAL ERROR: .*(heap out of memory|allocation failed|invalid (table|array) (size|length))/i

/** Whether a process that ended in this way ended for want of memory. */
export function ranOutOfMemory(code: number | null, signal: string | null, stderr: string): boolean {
  return (signal === 'SIGABRT' || code === 134) && LAST_WORDS.test(stderr)
}
