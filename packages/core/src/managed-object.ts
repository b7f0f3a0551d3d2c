import { CallChannel } from './call-channel.ts'
import type { Context } from './context.ts'
import { releaseWhenGarbage } from './garbage.ts'
import { defineHandle, HANDLE, type HandleState } from './handle.ts'
import { StoredValues } from './stored-values.ts'

/** What every holder of such an object has to know of it. */
export interface ManagedOptions {
  readonly exposed: readonly string[]
  /** It is what an exposed method returned to be iterated. */
  readonly iterates: boolean
}

export const MANAGED_OBJECT = 'managed-object'

/** What a method of a managed object gives to whoever calls it from elsewhere. */
type Given<Result> =
  Awaited<Result> extends Iterator<infer Item> | AsyncIterator<infer Item>
    ? AsyncIterableIterator<Item>
    : Awaited<Result>

/**
 * An object that lives in the process of a manager, seen from elsewhere: its exposed methods, each of which returns a
 * promise. What is iterated there is iterated by `for await` here.
 */
export type Remote<T> = {
  readonly [Name in keyof T as T[Name] extends (...args: never[]) => unknown ? Name : never]: T[Name] extends (
    ...args: infer Args
  ) => infer Result
    ? (...args: Args) => Promise<Given<Result>>
    : never
}

/** What stands for such an object where it travels. */
export class ManagedHandle {
  /** @internal */
  readonly [HANDLE]: HandleState

  constructor(id: string, options: ManagedOptions) {
    this[HANDLE] = { kind: MANAGED_OBJECT, id, options }
  }
}

/** A handle that has the exposed methods, and nothing else. */
function remoteObject(context: Context, id: string, options: ManagedOptions): object {
  const { exposed, iterates } = options
  const handle = new ManagedHandle(id, options)
  const channel = new CallChannel(context, handle, id, MANAGED_OBJECT, null)
  const stored = new StoredValues(context, channel)
  const methods = methodsOf(stored, exposed, iterates)
  for (const [name, method] of methods)
    Object.defineProperty(handle, name, { value: (...args: unknown[]) => method(args) })
  if (iterates) Object.defineProperty(handle, Symbol.asyncIterator, { value: () => handle })
  releaseWhenGarbage(handle, { channel, id, mayRelease: () => true })
  return handle
}

type Method = (args: readonly unknown[]) => Promise<unknown>

function methodsOf(stored: StoredValues, exposed: readonly string[], iterates: boolean): Array<[string, Method]> {
  return exposed.map((name) => [
    name,
    async (args) => {
      const { values } = await stored.ask('call', args, [name])
      return iterates ? stepOf(values) : values[0]
    },
  ])
}

function stepOf([done, value]: readonly unknown[]): IteratorResult<unknown> {
  return { done: done === true, value }
}

defineHandle(MANAGED_OBJECT, (context, id, options) => remoteObject(context, id, options as ManagedOptions))
