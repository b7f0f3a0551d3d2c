/** What of a test is done where there is time for all of it, and what where a person waits. */
export function thorough<T>(all: T, some: T): T {
  return process.env.CI === undefined ? some : all
}
