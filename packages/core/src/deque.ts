/**
 * A double-ended queue on a circular buffer whose length is a power of two.
 *
 * Invariant: the elements are at `head .. head + length - 1`, modulo the capacity; all other places are `undefined`,
 * so that nothing taken is kept alive.
 */
export class Deque<T> {
  #places: Array<T | undefined> = new Array(8)
  #mask = 7
  #head = 0
  length = 0

  push(value: T): void {
    if (this.length > this.#mask) this.#grow()
    this.#places[(this.#head + this.length++) & this.#mask] = value
  }

  unshift(value: T): void {
    if (this.length > this.#mask) this.#grow()
    this.#head = (this.#head - 1) & this.#mask
    this.#places[this.#head] = value
    this.length++
  }

  peek(): T | undefined {
    return this.#places[this.#head]
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined
    const value = this.#places[this.#head]
    this.#places[this.#head] = undefined
    this.#head = (this.#head + 1) & this.#mask
    this.length--
    return value
  }

  peekLast(): T | undefined {
    return this.#places[(this.#head + this.length - 1) & this.#mask]
  }

  pop(): T | undefined {
    if (this.length === 0) return undefined
    const at = (this.#head + --this.length) & this.#mask
    const value = this.#places[at]
    this.#places[at] = undefined
    return value
  }

  clear(): void {
    this.#places = new Array(8)
    this.#mask = 7
    this.#head = 0
    this.length = 0
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.length; i++) yield this.#places[(this.#head + i) & this.#mask] as T
  }

  #grow(): void {
    const places = new Array<T | undefined>((this.#mask + 1) * 2)
    for (let i = 0; i < this.length; i++) places[i] = this.#places[(this.#head + i) & this.#mask]
    this.#places = places
    this.#mask = places.length - 1
    this.#head = 0
  }
}
