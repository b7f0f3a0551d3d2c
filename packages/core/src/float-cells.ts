import { type Cells, refuse } from './shared-cells.ts'
import type { TypeName } from './type-codes.ts'

/** Floats as the integers that have the same bits. */
interface FloatBits<B extends number | bigint> {
  readonly type: TypeName
  toBits(value: number): B
  toValue(bits: B): number
  load(index: number): B
  exchange(index: number, bits: B): B
  compareExchange(index: number, expected: B, bits: B): B
}

export function bits32(array: Int32Array): FloatBits<number> {
  const float = new Float32Array(1)
  return bitsOver('float32', array, float, new Int32Array(float.buffer), Atomics as never)
}

export function bits64(array: BigInt64Array): FloatBits<bigint> {
  const float = new Float64Array(1)
  return bitsOver('float64', array, float, new BigInt64Array(float.buffer), Atomics as never)
}

/** What of `Atomics` is the same for both widths, but for its types. */
interface AtomicsOver<A, B> {
  load(array: A, index: number): B
  exchange(array: A, index: number, bits: B): B
  compareExchange(array: A, index: number, expected: B, bits: B): B
}

/** @param float one number, and `integer` the same memory */
function bitsOver<B extends number | bigint, A extends { [index: number]: B }>(
  type: TypeName,
  array: A,
  float: Float32Array | Float64Array,
  integer: A,
  atomics: AtomicsOver<A, B>,
): FloatBits<B> {
  return {
    type,
    toBits: (value) => {
      float[0] = value
      return integer[0]!
    },
    toValue: (bits) => {
      integer[0] = bits as A[number]
      return float[0]!
    },
    load: (index) => atomics.load(array, index),
    exchange: (index, bits) => atomics.exchange(array, index, bits),
    compareExchange: (index, expected, bits) => atomics.compareExchange(array, index, expected, bits),
  }
}

/**
 * Floats are exchanged by their bits, as integers, and compared as `Object.is` does. To read or write one
 * that is aligned takes a single access, as it is.
 */
export class FloatCells<B extends number | bigint> implements Cells {
  readonly view: Float32Array | Float64Array
  readonly #bits: FloatBits<B>

  constructor(view: Float32Array | Float64Array, bits: FloatBits<B>) {
    this.view = view
    this.#bits = bits
  }

  get length(): number {
    return this.view.length
  }

  get(index: number): number {
    return this.view[index]!
  }

  set(index: number, value: unknown): void {
    this.view[index] = this.#checked(value)
  }

  add(index: number, value: unknown): number {
    const summand = this.#checked(value)
    for (;;) {
      const bits = this.#bits.load(index)
      const old = this.#bits.toValue(bits)
      if (this.#bits.compareExchange(index, bits, this.#bits.toBits(old + summand)) === bits) return old
    }
  }

  sub(index: number, value: unknown): number {
    return this.add(index, -this.#checked(value))
  }

  and(): never {
    return noBits(this.#bits.type, 'and')
  }

  or(): never {
    return noBits(this.#bits.type, 'or')
  }

  exchange(index: number, value: unknown): number {
    return this.#bits.toValue(this.#bits.exchange(index, this.#bits.toBits(this.#checked(value))))
  }

  compareExchange(index: number, expected: unknown, value: unknown): number {
    const [awaited, replacement] = [this.#checked(expected), this.#bits.toBits(this.#checked(value))]
    for (;;) {
      const bits = this.#bits.load(index)
      const old = this.#bits.toValue(bits)
      if (!Object.is(old, awaited) || this.#bits.compareExchange(index, bits, replacement) === bits) return old
    }
  }

  #checked(value: unknown): number {
    return typeof value === 'number' ? value : refuse(this.#bits.type, 'a number', value)
  }
}

function noBits(type: TypeName, operation: string): never {
  throw new TypeError(`${operation}() is for integers; a ${type} has no bits to combine`)
}
