import * as errors from './errors.ts'

/** How the instances of a class travel. */
export interface ClassCodec<T = unknown> {
  readonly name: string
  readonly type: abstract new (...args: never[]) => T
  encode(instance: T): unknown
  /** Absent: the state's properties become the instance's. */
  readonly decode: ((state: unknown) => T) | undefined
}

const byName = new Map<string, ClassCodec>()
const byType = new Map<unknown, ClassCodec>()

/**
 * Lets instances of a class travel between processes: as arguments, items and results. Register it under the same
 * name in every process that sends or receives one, best in the module that declares the class.
 *
 * Without `encode` and `decode` the own enumerable properties travel and the constructor is not called.
 * Python needs no counterpart: it imports any class by name, which is why unpickling can run any code.
 *
 * @throws TypeError if the name is taken by another class.
 * @example
 * class Point { x = 3; y = 4 }
 * registerClass(Point)
 */
export function registerClass<T extends object, S = unknown>(
  type: abstract new (...args: never[]) => T,
  options: { name?: string; encode?: (instance: T) => S; decode?: (state: S) => T } = {},
): void {
  const name = options.name ?? type.name
  const known = byName.get(name)
  if (name === '') throw new TypeError('registerClass: the class has no name; give it one in options.name')
  if (known !== undefined && known.type !== type)
    throw new TypeError(`registerClass: the name ${name} is taken by another class; choose one in options.name`)
  const entry: ClassCodec = {
    name,
    type,
    encode: (options.encode ?? ownProperties) as (instance: unknown) => unknown,
    decode: options.decode as ((state: unknown) => unknown) | undefined,
  }
  byName.set(name, entry)
  byType.set(type, entry)
}

export function classOf(instance: object): ClassCodec | undefined {
  return byType.get(instance.constructor)
}

export function classNamed(name: string): ClassCodec | undefined {
  return byName.get(name)
}

function ownProperties(instance: object): Record<string, unknown> {
  return { ...instance }
}

/** Error classes that arrive as themselves: those of the language, ours, and the registered ones. */
const errorTypes = new Map<string, abstract new (...args: never[]) => Error>(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError].map((type) => [
    type.name,
    type,
  ]),
)
for (const [name, type] of Object.entries(errors)) if (name !== 'MillraceError') errorTypes.set(name, type as never)

/** The name under which an error's class travels; undefined for a class that is not registered. */
export function errorClassName(error: Error): string | undefined {
  const registered = byType.get(error.constructor)
  if (registered !== undefined) return registered.name
  for (const [name, type] of errorTypes) if (type === error.constructor) return name
  return undefined
}

export function errorPrototype(name: string): object | undefined {
  const type = byName.get(name)?.type ?? errorTypes.get(name)
  const prototype: unknown = type?.prototype
  return prototype === Error.prototype || prototype instanceof Error ? prototype : undefined
}
