import { Deque } from '../deque.ts'

/** A piece of work that goes to one worker as a whole: a call of a task, or a chunk of them. */
export interface Unit {
  /** Its place in the order in which units were made; given when it is first taken. */
  order: number
  readonly priority: number
  /** About how long it takes, in milliseconds; undefined as long as nobody knows. */
  readonly estimate: number | undefined
  /** What of it was counted as its worker's load. */
  cost: number
  /** Whether it can be handed out ahead of need and taken back, or else stays with the worker to which it was given. */
  readonly portable: boolean
}

/** Where units come from: one that is a unit itself, or work that is cut into units as workers come for it. */
export interface Source<U extends Unit = Unit> {
  /** Higher goes first. */
  readonly priority: number
  /** On whose behalf; each caller has as much of a turn as any other. */
  readonly caller: unknown
  /**
   * The next unit, cut so that so many workers have something to do; undefined: there is none, or none yet. `ahead`: all
   * of them have something to do, so what would be larger in a moment may be withheld: it stays `ready`.
   */
  next(workers: number, ahead: boolean): U | undefined
  /** Whether there may be one. */
  readonly ready: boolean
}

/**
 * What waits for a worker, in the order in which it is to begin.
 *
 * **Fairness** Higher priorities first; among those of one priority, what has come back before what is new, the oldest
 * first; then the callers take turns, a unit each; and what one caller brings goes in order of arrival. What is withheld
 * keeps its place: nothing of a lower priority, and nothing that its caller brought later, goes ahead of it.
 *
 * **Invariants** A source is here as long as it is ready; one that was not when its turn came has left, and comes back by
 * `add`. A unit is never both here and with a worker.
 */
export class Backlog<U extends Unit> {
  /** There was once something more urgent than the rest, or of another caller: there will be again. */
  mixed = false
  /** The highest priority first. */
  readonly #levels: Array<Level<U>> = []
  #made = 0

  add(source: Source<U>): void {
    this.mixed = this.#level(source.priority).add(source) || this.#levels.length > 1 || this.mixed
  }

  /** Puts a unit back that was taken and not begun. */
  restore(unit: U): void {
    this.#level(unit.priority).restore(unit)
  }

  /** The next unit to begin; `ahead`: nobody could begin it at once, so it may be withheld. */
  take(workers: number, ahead = false): U | undefined {
    for (const level of this.#levels) {
      const unit = level.take(workers, ahead)
      if (unit !== undefined) this.number(unit)
      // What is left in it, although it gave nothing, is withheld.
      if (unit !== undefined || !level.empty) return unit
    }
    return undefined
  }

  /** Gives a unit its place in the order, if it has none. */
  number(unit: U): void {
    if (unit.order === 0) unit.order = ++this.#made
  }

  /** Whether anything may be in it. */
  get empty(): boolean {
    return this.#levels.every((level) => level.empty)
  }

  /** How many units and sources are in it; a source may have many units. */
  get size(): number {
    return this.#levels.reduce((sum, level) => sum + level.size, 0)
  }

  /** Takes back what was restored; true if it was here. A source that shall wait no more just stops being ready. */
  remove(unit: U): boolean {
    return this.#levels.some((level) => level.remove(unit))
  }

  #level(priority: number): Level<U> {
    let at = 0
    for (; at < this.#levels.length; at++) {
      const level = this.#levels[at]!
      if (level.priority === priority) return level
      if (level.priority < priority) break
    }
    const level = new Level<U>(priority)
    this.#levels.splice(at, 0, level)
    return level
  }
}

interface Caller<U extends Unit> {
  readonly key: unknown
  readonly sources: Deque<Source<U>>
}

class Level<U extends Unit> {
  readonly priority: number
  /** What has come back, the oldest first. */
  readonly #restored: U[] = []
  readonly #callers = new Map<unknown, Caller<U>>()
  /** The same in the order of their turns. */
  readonly #turns = new Deque<Caller<U>>()

  constructor(priority: number) {
    this.priority = priority
  }

  get empty(): boolean {
    return this.#restored.length === 0 && this.#turns.length === 0
  }

  get size(): number {
    let size = this.#restored.length
    for (const { sources } of this.#turns) size += sources.length
    return size
  }

  /** Returns whether it has several callers now. */
  add(source: Source<U>): boolean {
    const known = this.#callers.get(source.caller)
    if (known !== undefined) known.sources.push(source)
    else {
      const caller: Caller<U> = { key: source.caller, sources: new Deque() }
      caller.sources.push(source)
      this.#callers.set(caller.key, caller)
      this.#turns.push(caller)
    }
    return this.#callers.size > 1
  }

  restore(unit: U): void {
    const restored = this.#restored
    let at = restored.length
    while (at > 0 && restored[at - 1]!.order > unit.order) at--
    restored.splice(at, 0, unit)
  }

  remove(unit: U): boolean {
    const at = this.#restored.indexOf(unit)
    if (at >= 0) this.#restored.splice(at, 1)
    return at >= 0
  }

  take(workers: number, ahead: boolean): U | undefined {
    if (this.#restored.length > 0) return this.#restored.shift()
    for (let left = this.#turns.length; left > 0; left--) {
      const caller = this.#turns.shift()!
      const unit = next(caller.sources, workers, ahead)
      if (caller.sources.length === 0) this.#callers.delete(caller.key)
      else this.#turns.push(caller)
      if (unit !== undefined) return unit
    }
    return undefined
  }
}

/** The next unit of the first source that has one or withholds it; those that are not ready leave. */
function next<U extends Unit>(sources: Deque<Source<U>>, workers: number, ahead: boolean): U | undefined {
  for (let source = sources.peek(); source !== undefined; source = sources.peek()) {
    const unit = source.next(workers, ahead)
    const { ready } = source
    if (!ready) sources.shift()
    if (unit !== undefined || ready) return unit
  }
  return undefined
}
