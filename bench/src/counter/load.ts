export const caseNames = ['atomic-add', 'lock-add', 'lock', 'lock-contended'] as const

export type CaseName = (typeof caseNames)[number]

/** How many operations each of the two processes does in one measurement. */
export const operations = 50_000

/** What one of the two sides does: a number of operations at a time, at full speed. */
export type Work = (operations: number) => void | Promise<void>

/** Two processes that do the same at the same time; resolves to the seconds that both took. */
export interface Rivals {
  run(operations: number): Promise<number>
  close(): Promise<void>
}

/** Whether the case is for one process alone: nobody else wants the lock. */
export function isAlone(name: CaseName): boolean {
  return name === 'lock'
}
