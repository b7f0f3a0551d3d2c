import { type AssignableTo, type ElementOf, type ElementType, SIZES, type TypeName, typeName } from './type-codes.ts'

/** What a `SharedStruct` consists of: the name and the type of each field, in order. */
export type StructFields = Readonly<Record<string, ElementType>>

/** A struct as it is read. */
export type StructOf<F extends StructFields> = { -readonly [Name in keyof F]: ElementOf<F[Name]> }

/** What can be written to a struct: some of its fields, or all of them. */
export type StructUpdate<F extends StructFields> = { readonly [Name in keyof F]?: AssignableTo<F[Name]> | undefined }

/** One field: the type, and which of the elements of that type it is, in the memory of the struct. */
export interface FieldPlace {
  readonly type: TypeName
  readonly index: number
}

/** Where the fields of a struct lie: each at a multiple of its size, as C and Python's `ctypes` lay them out. */
export class StructLayout {
  readonly places: ReadonlyMap<string, FieldPlace>
  /** Bytes. */
  readonly size: number

  /** @throws TypeError at no fields, or an unknown type */
  constructor(fields: ReadonlyArray<readonly [name: string, type: string]>) {
    const places = new Map<string, FieldPlace>()
    let [end, widest] = [0, 1]
    for (const [name, given] of fields) {
      const type = typeName(given)
      const size = SIZES[type]
      const index = Math.ceil(end / size)
      places.set(name, { type, index })
      end = (index + 1) * size
      widest = Math.max(widest, size)
    }
    if (places.size === 0) throw new TypeError("a struct has at least one field, such as { x: 'int32' }")
    this.places = places
    this.size = Math.ceil(end / widest) * widest
  }

  /** @throws TypeError if there is none of that name */
  place(name: string): FieldPlace {
    const place = this.places.get(name)
    if (place !== undefined) return place
    throw new TypeError(`the struct has no field ${JSON.stringify(name)}; it has ${[...this.places.keys()].join(', ')}`)
  }
}
