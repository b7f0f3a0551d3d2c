import type { Context } from './context.ts'
import { DecodeError } from './errors.ts'
import type { Lessee } from './lessee.ts'

/** What travels of a handle. */
export interface HandleState {
  /** Which class of handle it is, such as `queue`. */
  readonly kind: string
  /** Unique in the tree of contexts: the creator's path and a number. */
  readonly id: string
  /** What every holder has to know of the primitive, such as `maxsize`. */
  readonly options: unknown
}

/** Marks the objects that may travel as an argument, an item, a message or a result, and stay what they are. */
export const HANDLE: unique symbol = Symbol.for('millrace.handle') as never

/** Another hub than that of the program's own tree, and how it is reached. */
export interface Abroad {
  readonly address: string
  readonly authKey: Uint8Array
}

/** What stands for the class of a handle whose primitive is abroad. */
export const MANAGED = 'managed'

/** The handles whose primitives are abroad. */
const homes = new WeakMap<object, Abroad>()

export function isAbroad(handle: object, home: Abroad): void {
  homes.set(handle, home)
}

/** What travels of a handle: of one whose primitive is abroad, also where that is. */
export function stateOf(handle: { readonly [HANDLE]: HandleState }): HandleState {
  const state = handle[HANDLE]
  const home = homes.get(handle)
  if (home === undefined) return state
  const { address, authKey } = home
  return { kind: MANAGED, id: state.id, options: { address, authKey, kind: state.kind, options: state.options } }
}

/** Marks the handles that are in one place only: to send one is to hand it over. */
export const MOVABLE: unique symbol = Symbol.for('millrace.movable') as never

/** Marks what cannot leave its process: what to do instead. */
export const STAYS: unique symbol = Symbol.for('millrace.stays') as never

/** How such a handle goes along with a message. */
export interface Movable {
  /** Why it cannot go, if it cannot: what it is, in words. */
  readonly refusal: string | undefined
  /** Whether something of it is not with the hub: it has to come home before the message can go. */
  readonly isAway: boolean
  /** Calls it home, and withholds these slots whenever it is away; returns how to end that. */
  holdBack(slots: Lessee): () => void
  /** It is part of a message that waits for room: it can be used no more, unless it `stays`. */
  leaves(): void
  /** The message was not sent after all. */
  stays(): void
  /** The message is written next: what comes from here on is for whoever receives it. */
  moves(): void
  /** The message is on its way. */
  moved(): void
}

/** Makes the handle that a context shall use for an id which arrived there. */
export type HandleFactory = (context: Context, id: string, options: unknown) => object

const factories = new Map<string, HandleFactory>()

/** Each class of handle announces itself where it is declared. */
export function defineHandle(kind: string, factory: HandleFactory): void {
  factories.set(kind, factory)
}

export function handleOf(context: Context, kind: string, id: string, options: unknown): object {
  const factory = factories.get(kind)
  if (factory === undefined)
    throw new DecodeError(`no handle of kind ${kind} is known in this process: import its class there`)
  return factory(context, id, options)
}
