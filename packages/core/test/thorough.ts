/** Whether a person waits for `npm test`: what takes minutes is left to CI, and to who names it. */
export const isQuick = process.env.CI === undefined && process.env.npm_lifecycle_event === 'test'

/** What of a test is done where there is time for all of it, and what where a person waits. */
export function thorough<T>(all: T, some: T): T {
  return process.env.CI === undefined ? some : all
}
