export const caseNames = ['tiny-apply', 'tiny-map', 'cpu', 'first-result'] as const

export type CaseName = (typeof caseNames)[number]

/** What the workers of a case run: a function of `tasks.ts`. */
export type TaskName = 'double' | 'busy'

/** What one measurement asks for. */
export interface Load {
  readonly case: CaseName
  /** Which of the subject's ways to do it. */
  readonly way: string
  /** How many steps of `busy` keep a core busy for about a millisecond; 0 but in `cpu`. */
  readonly steps: number
}

/** How many workers every pool has. */
export const workers = 2

/** The length of a measurement, in seconds, that the numbers of tasks below are made for. */
const usualSeconds = 0.5

export function taskOf(name: CaseName): TaskName {
  return name === 'cpu' ? 'busy' : 'double'
}

/** How many tasks are handed over at once; a measurement repeats that until its time is over. */
export function batchOf(name: CaseName, inChunks: boolean, seconds: number): number {
  return Math.ceil(usualBatch(name, inChunks) * Math.min(1, seconds / usualSeconds))
}

function usualBatch(name: CaseName, inChunks: boolean): number {
  switch (name) {
    case 'tiny-apply':
      return 20_000
    case 'tiny-map':
      return inChunks ? 1_000_000 : 20_000
    case 'cpu':
      return 2_000
    case 'first-result':
      return 1
  }
}
