/** What an element of shared memory can be, by its readable name. */
export type TypeName =
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float32'
  | 'float64'
  | 'bool'
  | 'char'
  | 'wchar'

/** Python's type codes. `l` and `L` have 64 bits, and `u` has 32, as in Python on Linux and macOS. */
const CODES = {
  c: 'char',
  u: 'wchar',
  b: 'int8',
  B: 'uint8',
  h: 'int16',
  H: 'uint16',
  i: 'int32',
  I: 'uint32',
  l: 'int64',
  L: 'uint64',
  q: 'int64',
  Q: 'uint64',
  f: 'float32',
  d: 'float64',
  '?': 'bool',
} as const satisfies Record<string, TypeName>

/** A type code of Python's `array` and `ctypes`: one letter. */
export type TypeCode = keyof typeof CODES

/** A type code of Python's `ctypes`, or the readable name of the type. */
export type ElementType = TypeCode | TypeName

/** The readable name of a type. */
export type NameOf<E extends ElementType> = E extends TypeCode ? (typeof CODES)[E] : E

/** The values of a type: 64-bit integers are BigInts, a `char` or `wchar` is a string of one character. */
export type ElementOf<E extends ElementType> =
  NameOf<E> extends 'int64' | 'uint64'
    ? bigint
    : NameOf<E> extends 'bool'
      ? boolean
      : NameOf<E> extends 'char' | 'wchar'
        ? string
        : number

/** What can be assigned to an element: a 64-bit one also takes a safe integer. */
export type AssignableTo<E extends ElementType> = ElementOf<E> extends bigint ? bigint | number : ElementOf<E>

/** The typed array over elements of a type. */
export type ViewOf<E extends ElementType> = Views[NameOf<E>]

interface Views {
  int8: Int8Array
  uint8: Uint8Array
  int16: Int16Array
  uint16: Uint16Array
  int32: Int32Array
  uint32: Uint32Array
  int64: BigInt64Array
  uint64: BigUint64Array
  float32: Float32Array
  float64: Float64Array
  bool: Uint8Array
  char: Uint8Array
  wchar: Uint32Array
}

/** @throws TypeError at what is neither a type code nor a type's name */
export function typeName(type: string): TypeName {
  const name = Object.hasOwn(CODES, type) ? CODES[type as TypeCode] : type
  if (Object.hasOwn(SIZES, name)) return name as TypeName
  throw new TypeError(
    `unknown type ${JSON.stringify(type)}: use one of ${Object.keys(SIZES).join(', ')}, or of Python's codes ${Object.keys(CODES).join(' ')}`,
  )
}

/** Bytes of an element. */
export const SIZES: Readonly<Record<TypeName, number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
  bool: 1,
  char: 1,
  wchar: 4,
}
