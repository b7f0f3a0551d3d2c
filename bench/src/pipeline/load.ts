export const caseNames = ['trivial', 'busy'] as const

export type CaseName = (typeof caseNames)[number]

export const stages = 3
/** In each stage. */
export const workers = 2
/** The bound of each stage, for the subjects that have one. */
export const bound = 256

/** What one measurement asks for. */
export interface Load {
  readonly case: CaseName
  /** How many steps of `busy` keep a core busy for about 0.2 ms; 0 in `trivial`. */
  readonly steps: number
}

/** What goes through the pipeline. */
export interface Item {
  readonly id: number
  readonly name: string
  readonly steps: number
  /** How many stages it has been through. */
  readonly done: number
  /** What they have found. */
  readonly sum: number
}

/** One run of a pipeline. */
export interface Run {
  readonly seconds: number
  /** The most items that were between source and end at any time. */
  readonly peak: number
}
