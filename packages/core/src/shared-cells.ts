import { bits32, bits64, FloatCells } from './float-cells.ts'
import type { TypeName } from './type-codes.ts'

/** What can be done to one element at once, so that nobody comes between; each returns what was there before. */
export const OPERATIONS = ['add', 'sub', 'and', 'or', 'exchange', 'compareExchange'] as const

export type Operation = (typeof OPERATIONS)[number]

/** Elements of one type in shared memory, as their users see them: checked on the way in. */
export interface Cells {
  readonly length: number
  readonly view: ArrayBufferView
  get(index: number): unknown
  /** @throws TypeError at a value of another type */
  set(index: number, value: unknown): void
  add(index: number, value: unknown): unknown
  sub(index: number, value: unknown): unknown
  and(index: number, value: unknown): unknown
  or(index: number, value: unknown): unknown
  exchange(index: number, value: unknown): unknown
  compareExchange(index: number, expected: unknown, value: unknown): unknown
}

/** The elements in `length` times their size of bytes from the beginning of `buffer`. */
export function cellsOver(type: TypeName, buffer: ArrayBufferLike, length: number): Cells {
  switch (type) {
    case 'int8':
      return new NumberCells(new Int8Array(buffer, 0, length), type)
    case 'uint8':
      return new NumberCells(new Uint8Array(buffer, 0, length), type)
    case 'int16':
      return new NumberCells(new Int16Array(buffer, 0, length), type)
    case 'uint16':
      return new NumberCells(new Uint16Array(buffer, 0, length), type)
    case 'int32':
      return new NumberCells(new Int32Array(buffer, 0, length), type)
    case 'uint32':
      return new NumberCells(new Uint32Array(buffer, 0, length), type)
    case 'int64':
      return new BigCells(new BigInt64Array(buffer, 0, length), type)
    case 'uint64':
      return new BigCells(new BigUint64Array(buffer, 0, length), type)
    case 'float32':
      return new FloatCells(new Float32Array(buffer, 0, length), bits32(new Int32Array(buffer, 0, length)))
    case 'float64':
      return new FloatCells(new Float64Array(buffer, 0, length), bits64(new BigInt64Array(buffer, 0, length)))
    case 'bool':
      return new CodeCells(new Uint8Array(buffer, 0, length), type, BOOL)
    case 'char':
      return new CodeCells(new Uint8Array(buffer, 0, length), type, CHAR)
    case 'wchar':
      return new CodeCells(new Uint32Array(buffer, 0, length), type, WIDE_CHAR)
  }
}

type NumberArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array

class NumberCells<A extends NumberArray> implements Cells {
  readonly view: A
  readonly #type: TypeName

  constructor(view: A, type: TypeName) {
    this.view = view
    this.#type = type
  }

  get length(): number {
    return this.view.length
  }

  get(index: number): number {
    return Atomics.load(this.view, index)
  }

  set(index: number, value: unknown): void {
    Atomics.store(this.view, index, this.#checked(value))
  }

  add(index: number, value: unknown): number {
    return Atomics.add(this.view, index, this.#checked(value))
  }

  sub(index: number, value: unknown): number {
    return Atomics.sub(this.view, index, this.#checked(value))
  }

  and(index: number, value: unknown): number {
    return Atomics.and(this.view, index, this.#checked(value))
  }

  or(index: number, value: unknown): number {
    return Atomics.or(this.view, index, this.#checked(value))
  }

  exchange(index: number, value: unknown): number {
    return Atomics.exchange(this.view, index, this.#checked(value))
  }

  compareExchange(index: number, expected: unknown, value: unknown): number {
    return Atomics.compareExchange(this.view, index, this.#checked(expected), this.#checked(value))
  }

  #checked(value: unknown): number {
    return Number.isInteger(value) ? (value as number) : refuse(this.#type, 'an integer', value)
  }
}

class BigCells<A extends BigInt64Array | BigUint64Array> implements Cells {
  readonly view: A
  readonly #type: TypeName

  constructor(view: A, type: TypeName) {
    this.view = view
    this.#type = type
  }

  get length(): number {
    return this.view.length
  }

  get(index: number): bigint {
    return Atomics.load(this.view, index)
  }

  set(index: number, value: unknown): void {
    Atomics.store(this.view, index, this.#checked(value))
  }

  add(index: number, value: unknown): bigint {
    return Atomics.add(this.view, index, this.#checked(value))
  }

  sub(index: number, value: unknown): bigint {
    return Atomics.sub(this.view, index, this.#checked(value))
  }

  and(index: number, value: unknown): bigint {
    return Atomics.and(this.view, index, this.#checked(value))
  }

  or(index: number, value: unknown): bigint {
    return Atomics.or(this.view, index, this.#checked(value))
  }

  exchange(index: number, value: unknown): bigint {
    return Atomics.exchange(this.view, index, this.#checked(value))
  }

  compareExchange(index: number, expected: unknown, value: unknown): bigint {
    return Atomics.compareExchange(this.view, index, this.#checked(expected), this.#checked(value))
  }

  #checked(value: unknown): bigint {
    if (typeof value === 'bigint') return value
    return Number.isSafeInteger(value) ? BigInt(value as number) : refuse(this.#type, 'a BigInt or safe integer', value)
  }
}

/** What stands for a number that is none from outside. */
interface CodeForm {
  readonly expects: string
  toCode(value: unknown): number | undefined
  toValue(code: number): unknown
}

const BOOL: CodeForm = {
  expects: 'a boolean',
  toCode: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
  toValue: (code) => code !== 0,
}

const CHAR: CodeForm = {
  expects: 'a string of one character up to U+00FF',
  toCode: (value) =>
    typeof value === 'string' && value.length === 1 && value.charCodeAt(0) < 256 ? value.charCodeAt(0) : undefined,
  toValue: (code) => String.fromCharCode(code),
}

const WIDE_CHAR: CodeForm = {
  expects: 'a string of one character',
  toCode: (value) => {
    const code = typeof value === 'string' ? value.codePointAt(0) : undefined
    return code !== undefined && (value as string).length === (code > 0xffff ? 2 : 1) ? code : undefined
  },
  // A view can write anything.
  toValue: (code) => String.fromCodePoint(code > 0x10_ffff ? 0xfffd : code),
}

class CodeCells implements Cells {
  readonly view: Uint8Array | Uint32Array
  readonly #type: TypeName
  readonly #form: CodeForm

  constructor(view: Uint8Array | Uint32Array, type: TypeName, form: CodeForm) {
    this.view = view
    this.#type = type
    this.#form = form
  }

  get length(): number {
    return this.view.length
  }

  get(index: number): unknown {
    return this.#form.toValue(Atomics.load(this.view, index))
  }

  set(index: number, value: unknown): void {
    Atomics.store(this.view, index, this.#checked(value))
  }

  add(): never {
    return noNumber(this.#type, 'add')
  }

  sub(): never {
    return noNumber(this.#type, 'sub')
  }

  and(index: number, value: unknown): unknown {
    return this.#form.toValue(Atomics.and(this.view, index, this.#checked(value)))
  }

  or(index: number, value: unknown): unknown {
    return this.#form.toValue(Atomics.or(this.view, index, this.#checked(value)))
  }

  exchange(index: number, value: unknown): unknown {
    return this.#form.toValue(Atomics.exchange(this.view, index, this.#checked(value)))
  }

  compareExchange(index: number, expected: unknown, value: unknown): unknown {
    const code = this.#checked(expected)
    return this.#form.toValue(Atomics.compareExchange(this.view, index, code, this.#checked(value)))
  }

  #checked(value: unknown): number {
    return this.#form.toCode(value) ?? refuse(this.#type, this.#form.expects, value)
  }
}

export function refuse(type: TypeName, expected: string, value: unknown): never {
  throw new TypeError(`${type} takes ${expected}, not ${typeof value === 'bigint' ? `${value}n` : String(value)}`)
}

function noNumber(type: TypeName, operation: string): never {
  throw new TypeError(`${operation}() is for numbers; a ${type} is none`)
}
