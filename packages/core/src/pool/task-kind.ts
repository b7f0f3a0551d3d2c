import type { Task } from '../task-module.ts'

/** What so many calls take says more than what one does. */
const MANY = 8
/** What took longer counts so many times less: it may have been other programs that took the time. */
const DOUBT = 4

/** A task of which a pool has been given calls. */
export class TaskKind {
  /** What the pool's words call it. */
  readonly number: number
  readonly task: Task
  /** How long a call takes, in milliseconds, the latest counting most; undefined before the first is done. */
  pace: number | undefined

  constructor(number: number, task: Task) {
    this.number = number
    this.task = task
  }

  /** So many calls took so long. */
  measured(ms: number, calls: number): void {
    const each = ms / calls
    const weight = calls >= MANY ? 1 / 2 : 1 / 8
    const { pace } = this
    this.pace = pace === undefined ? each : pace + (each - pace) * (each > pace ? weight / DOUBT : weight)
  }
}
