import { TaskUnit } from './task-unit.ts'

/** What a worker still works on, and nobody wants any more: it takes its place there, until that is over. */
export class Ghost extends TaskUnit {
  constructor(unit: TaskUnit) {
    super(unit.kind, unit.plan, unit.calls, unit)
    this.order = unit.order
    this.cost = unit.cost
    if (!unit.portable) this.bind()
    this.settled = true
    this.worker = unit.worker
    this.number = unit.number
  }

  done(): void {}
  failed(): void {}
  emitted(): void {}
}
