import type { Context } from './context.ts'
import { ProtocolError, RemoteError, ValueError } from './errors.ts'
import { HANDLE, isAbroad } from './handle.ts'
import type { Hub } from './hub.ts'
import { ManagedHandle, type ManagedOptions } from './managed-object.ts'
import { type Answer, type Deed, SharedState, text } from './primitives/shared-state.ts'
import { type Stored, storedFrom } from './primitives/stored.ts'
import { pack } from './stored-values.ts'

/** A class whose instances a manager's process makes, and the methods that others may call. */
interface RegisteredClass {
  readonly type: new (...args: never[]) => object
  readonly exposed: readonly string[]
}

/** What an instance has done when nobody holds a handle of it any more. */
export const FORGOTTEN = Symbol('forgotten')

const classes = new Map<string, RegisteredClass>()

/** @throws TypeError if the name is taken, or a method that is to be exposed is none */
export function registerManaged(
  name: string,
  type: new (...args: never[]) => object,
  exposed: readonly string[] = publicMethodsOf(type),
): void {
  const known = classes.get(name)
  if (known !== undefined && known.type !== type)
    throw new TypeError(`Manager.register: the name ${name} is taken by another class`)
  for (const method of exposed) {
    if (typeof (type.prototype as Record<string, unknown>)[method] !== 'function')
      throw new TypeError(`Manager.register: ${name} has no method ${method}`)
    if (method === 'then' || method === 'constructor')
      throw new TypeError(`Manager.register: ${method} of ${name} cannot be exposed`)
  }
  classes.set(name, { type, exposed: [...exposed] })
}

/** As in Python: all whose names do not begin with an underscore, inherited ones included. */
function publicMethodsOf(type: new (...args: never[]) => object): string[] {
  const names = new Set<string>()
  for (let at: object = type.prototype; at !== Object.prototype && at !== null; at = Object.getPrototypeOf(at))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === 'function' && name !== 'constructor' && name !== 'then' && !name.startsWith('_'))
        names.add(name)
  return [...names]
}

/** Where objects are kept that others call: the hub of a manager's process, and the context that runs their methods. */
interface Workshop {
  readonly hub: Hub
  readonly context: Context
}

/** What is only called: nothing of it is kept as bytes. */
abstract class Served extends SharedState {
  protected readonly workshop: Workshop

  constructor(workshop: Workshop) {
    super(workshop.hub)
    this.workshop = workshop
  }

  changed(): undefined {
    return undefined
  }

  noteIn(): void {}

  tell(): null {
    return null
  }

  protected kept(): Iterable<Stored> {
    return []
  }

  abstract override perform(deed: Deed): Promise<Answer>
}

/** Makes instances of the registered classes. */
export class ManagedClasses extends Served {
  async perform({ operation, args: [name], values }: Deed): Promise<Answer> {
    if (operation !== 'create') throw new ProtocolError(`classes have no operation ${operation}`)
    const args = decodeAll(values, this.workshop.context)
    const known = classes.get(text(name))
    if (known === undefined)
      throw new ValueError(
        `the manager knows no class ${text(name)}; it knows ${[...classes.keys()].join(', ') || 'none'}`,
      )
    const { type, exposed } = known
    return serve(new type(...(args as never[])), { exposed, iterates: false }, this.workshop)
  }
}

/** An object that lives here and whose exposed methods others call; it goes when nobody holds a handle of it. */
class ManagedInstance extends Served {
  readonly #instance: object
  readonly #options: ManagedOptions

  constructor(instance: object, options: ManagedOptions, workshop: Workshop) {
    super(workshop)
    this.#instance = instance
    this.#options = options
  }

  override dispose(): void {
    const { [FORGOTTEN]: forgotten } = this.#instance as { [FORGOTTEN]?(): void }
    forgotten?.call(this.#instance)
    if (this.#options.iterates) Promise.resolve((this.#instance as AsyncIterator<unknown>).return?.()).catch(() => {})
  }

  async perform({ operation, args: [name], values }: Deed): Promise<Answer> {
    const { exposed, iterates } = this.#options
    const method = text(name)
    if (operation !== 'call' || !exposed.includes(method))
      throw new RemoteError(
        `the method ${method} is not exposed; those that are: ${exposed.join(', ')}`,
        'AttributeError',
      )
    const args = decodeAll(values, this.workshop.context)
    const result: unknown = await (this.#instance as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args)
    if (iterates) {
      const { done = false, value } = (result ?? { done: true }) as IteratorResult<unknown>
      return this.#answer([done, value])
    }
    if (isIterator(result))
      return serve(
        result,
        { exposed: ['next', 'return', 'throw'].filter((each) => each in result), iterates: true },
        this.workshop,
      )
    return this.#answer([result])
  }

  #answer(results: readonly unknown[]): Answer {
    return { facts: [], values: pack(results, this.workshop.context).map((each) => storedFrom(each, this.hub)) }
  }
}

/** Keeps an object here, and answers a handle of it. */
function serve(instance: object, options: ManagedOptions, workshop: Workshop): Answer {
  const { hub, context } = workshop
  const id = context.newId()
  hub.add(id, new ManagedInstance(instance, options, workshop))
  // Until the answer keeps it.
  hub.retain([id])
  const handle = new ManagedHandle(id, options)
  if (context.abroad !== undefined) isAbroad(handle, context.abroad)
  const [packed] = pack([handle], context)
  const stored = storedFrom(packed, hub)
  return { facts: [], values: [stored], leaving: [stored] }
}

function decodeAll(values: readonly Stored[], context: Context): unknown[] {
  return values.map(({ bytes }) => context.decode(bytes, 0, bytes.length))
}

function isIterator(value: unknown): value is Iterator<unknown> | AsyncIterator<unknown> {
  if (typeof value !== 'object' || value === null || HANDLE in value) return false
  const iterable = Symbol.iterator in value || Symbol.asyncIterator in value
  return iterable && typeof (value as { next?: unknown }).next === 'function'
}
