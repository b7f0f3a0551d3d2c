import { Deque } from '../deque.ts'

/** A piece of work that goes to one worker as a whole: a call of a task, or a chunk of them. */
export interface Unit {
  /** Its place in the order in which units were made; given when it is first taken. */
  order: number
  readonly priority: number
  /** On whose behalf: that of the source that it comes from. */
  readonly caller: unknown
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

/** So many levels may be empty without harm: the priorities of most pools are few, and come again and again. */
const MANY_LEVELS = 8

/**
 * What waits for a worker, in the order in which it is to begin.
 *
 * **Fairness** Higher priorities first; among those of one priority, the callers take turns, a unit each; of what one
 * caller brings, what has come back before what is new, the oldest first; and then in order of arrival. What is withheld
 * keeps its place: nothing of a lower priority, and nothing that its caller brought later, goes ahead of it.
 *
 * **Invariants** A source is here as long as it is ready; one that was not when its turn came has left, and comes back by
 * `add`. A unit is never both here and with a worker.
 */
export class Backlog<U extends Unit> {
  /** The highest priority first. */
  #levels: Array<Level<U>> = []
  #made = 0

  add(source: Source<U>): void {
    this.#level(source.priority).add(source)
  }

  /** Puts a unit back that was taken and not begun. */
  restore(unit: U): void {
    this.#level(unit.priority).restore(unit)
  }

  /** The unit that was just taken was not wanted: it is the next one again. */
  putBack(unit: U): void {
    this.#level(unit.priority).putBack(unit)
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

  /** Whether a unit or source in it passes that test. */
  some(test: (source: U | Source<U>) => boolean): boolean {
    return this.#levels.some((level) => level.some(test))
  }

  /** How many units and sources are in it; a source may have many units. */
  get size(): number {
    return this.#levels.reduce((sum, level) => sum + level.size, 0)
  }

  /** For how many priorities there is a place. */
  get levels(): number {
    return this.#levels.length
  }

  /** Takes back what was restored; true if it was here. A source that shall wait no more just stops being ready. */
  remove(unit: U): boolean {
    return this.#levels.some((level) => level.remove(unit))
  }

  #level(priority: number): Level<U> {
    return this.#find(priority) ?? this.#enter(priority)
  }

  #find(priority: number): Level<U> | undefined {
    for (const level of this.#levels) if (level.priority === priority) return level
    return undefined
  }

  /** Those that nobody uses leave now, and not when they become empty, for most are used again soon. */
  #enter(priority: number): Level<U> {
    if (this.#levels.length >= MANY_LEVELS) this.#levels = this.#levels.filter((level) => !level.unused)
    let at = 0
    while (at < this.#levels.length && this.#levels[at]!.priority > priority) at++
    const level = new Level<U>(priority)
    this.#levels.splice(at, 0, level)
    return level
  }
}

class Caller<U extends Unit> {
  readonly key: unknown
  /** What has come back, the oldest first. */
  readonly restored: U[] = []
  readonly sources = new Deque<Source<U>>()

  constructor(key: unknown) {
    this.key = key
  }

  get size(): number {
    return this.restored.length + this.sources.length
  }

  restore(unit: U): void {
    const { restored } = this
    let at = restored.length
    while (at > 0 && restored[at - 1]!.order > unit.order) at--
    restored.splice(at, 0, unit)
  }

  take(workers: number, ahead: boolean): U | undefined {
    return this.restored.length > 0 ? this.restored.shift() : next(this.sources, workers, ahead)
  }
}

class Level<U extends Unit> {
  readonly priority: number
  readonly #callers = new Map<unknown, Caller<U>>()
  /** The same in the order of their turns. */
  readonly #turns = new Deque<Caller<U>>()

  constructor(priority: number) {
    this.priority = priority
  }

  get empty(): boolean {
    for (const caller of this.#turns) if (caller.size > 0) return false
    return true
  }

  /** Whether it is empty, and nothing is being taken from it either: a source runs the user's code, which may add others. */
  get unused(): boolean {
    return this.#callers.size === 0
  }

  some(test: (source: U | Source<U>) => boolean): boolean {
    for (const { restored, sources } of this.#turns) {
      if (restored.some(test)) return true
      for (const source of sources) if (test(source)) return true
    }
    return false
  }

  get size(): number {
    let size = 0
    for (const caller of this.#turns) size += caller.size
    return size
  }

  add(source: Source<U>): void {
    const caller = this.#callers.get(source.caller) ?? this.#enter(source.caller, 'last')
    caller.sources.push(source)
  }

  /** Its turn has come before: if its caller is not in the line, it goes to the head of it. */
  restore(unit: U): void {
    const caller = this.#callers.get(unit.caller) ?? this.#enter(unit.caller, 'first')
    caller.restore(unit)
  }

  putBack(unit: U): void {
    // Its caller went to the end of the line with it, or out of it.
    if (this.#turns.peekLast()?.key === unit.caller) this.#turns.unshift(this.#turns.pop()!)
    this.restore(unit)
  }

  remove(unit: U): boolean {
    const restored = this.#callers.get(unit.caller)?.restored ?? []
    const at = restored.indexOf(unit)
    if (at >= 0) restored.splice(at, 1)
    return at >= 0
  }

  take(workers: number, ahead: boolean): U | undefined {
    for (let left = this.#turns.length; left > 0; left--) {
      const caller = this.#turns.shift()!
      const unit = caller.take(workers, ahead)
      if (caller.size === 0) this.#callers.delete(caller.key)
      else this.#turns.push(caller)
      if (unit !== undefined) return unit
    }
    return undefined
  }

  #enter(key: unknown, place: 'first' | 'last'): Caller<U> {
    const caller = new Caller<U>(key)
    this.#callers.set(key, caller)
    if (place === 'first') this.#turns.unshift(caller)
    else this.#turns.push(caller)
    return caller
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
