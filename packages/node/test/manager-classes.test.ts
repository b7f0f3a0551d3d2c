import { CallChannel, connectionTo } from '@millrace/core/internal'
import { Manager, ManagerDiedError, Process, type Remote, RemoteError, taskModule, ValueError } from '@millrace/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { timed } from '../../core/conformance/observed.ts'
import { type Foo, SoldOut } from './fixtures/shop.mjs'

const tasks = taskModule<typeof import('./fixtures/manager-tasks.mjs')>(
  new URL('./fixtures/manager-tasks.mjs', import.meta.url),
)
const module = new URL('./fixtures/shop.mjs', import.meta.url)
const shop = taskModule<typeof import('./fixtures/shop.mjs')>(module)

describe('an instance of a registered class', () => {
  let manager: Manager
  let foo: Remote<Foo>
  beforeAll(async () => {
    manager = await new Manager({ process: true, module }).start()
    foo = await manager.create<Foo>('Foo', 1, 'two')
  })
  afterAll(() => manager.shutdown())

  test('has those of its methods that are exposed, and they run in the process of the manager (M6)', async () => {
    expect([await foo.f(), await foo.add(1, 2), await foo.inherited()]).toEqual(['f()', 3, 'inherited'])
    expect(await foo.pid()).toBe(manager.pid)
    expect('_h' in foo).toBe(false)
    const bar = await manager.create<Foo>('Bar')
    expect(await (bar as unknown as { _h(): Promise<string> })._h()).toBe('_h()')
    expect('g' in bar).toBe(false)
  })

  test('a method that is not exposed cannot be called by force either (M6)', async () => {
    await expect(forged(manager, foo, '_h')).rejects.toThrow(RemoteError)
    for (const name of ['constructor', 'toString', '__proto__', 'then'])
      await expect(forged(manager, foo, name)).rejects.toThrow(/not exposed/)
  })

  test('errors keep their class, and what cannot travel is one (M6)', async () => {
    const error = await foo.g().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(SoldOut)
    expect(error).toMatchObject({ message: 'no g left', item: 'g' })
    await expect(manager.create('Foo', 'fail')).rejects.toThrow(SoldOut)
    await expect(manager.create('Nothing')).rejects.toThrow(ValueError)
    await expect(foo.giveFunction()).rejects.toThrow(/cannot encode a function/)
    await expect(foo.throwFunction()).rejects.toThrow(RemoteError)
    expect(await foo.f()).toBe('f()')
  })

  test('what iterates there is iterated here (M6)', async () => {
    const squares: number[] = []
    for await (const square of await foo.baz()) squares.push(square)
    expect(squares).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81])
    const failing = await foo.failing()
    expect(await failing.next()).toEqual({ done: false, value: 1 })
    await expect(failing.next()).rejects.toThrow(RangeError)
    expect(await failing.next()).toEqual({ done: true, value: undefined })
  })

  test('objects of the manager go in and out of its methods', async () => {
    const list = await foo.list()
    await list.append('from outside')
    expect(await list.slice()).toEqual(['of Foo', 'from outside'])
    expect(await foo.lengthOf(list as never)).toBe(2)
    expect(await foo.lengthOf(manager.list([1, 2, 3]) as never)).toBe(3)
    const map = manager.map<string, unknown>([['foo', foo]])
    expect(await map.get('foo')).toBe(foo)
  })

  test('goes along to a child', async () => {
    expect(await new Process(tasks.callF, { args: [foo as never] }).start().result).toBe('f()')
  })

  test('a method that ends the process ends every call', async () => {
    const doomed = await new Manager({ process: true, module }).start()
    const mine = await doomed.create<Foo>('Foo')
    const hanging = mine.hang()
    const [results, ms] = await timed(Promise.allSettled([hanging, mine.exit()]))
    expect(ms).toBeLessThan(30_000)
    for (const result of (results as PromiseFulfilledResult<Array<PromiseRejectedResult>>).value)
      expect(result.reason).toMatchObject({ _tag: 'ManagerDiedError', exitCode: 3 })
    await expect(mine.f()).rejects.toThrow(ManagerDiedError)
    await doomed.shutdown()
  })

  test('a manager that is busy for ever is killed when it is shut down', async () => {
    const stuck = await new Manager({ process: true, module }).start()
    const mine = await stuck.create<Foo>('Foo')
    mine.block(600_000).catch(() => {})
    await stuck.shutdown()
    expect(stuck.exitCode).toBe(-9)
  })
})

describe('an initializer', () => {
  test('runs once, in the process, before anything else (M9)', async () => {
    await using other = await new Manager({ process: true }).start()
    const namespace = other.namespace({ test: 0 })
    await using manager = await new Manager({
      process: true,
      initializer: shop.initialize as never,
      initArgs: [namespace],
    }).start()
    expect(await namespace.get('test')).toBe(1)
    expect(await (await manager.create<Foo>('Foo')).f()).toBe('f()')
  })

  test('that fails fails start(), with what it threw (M9)', async () => {
    const manager = new Manager({ process: true, initializer: shop.initialize as never, initArgs: ['fail'] })
    await expect(manager.start()).rejects.toThrow(SoldOut)
    expect(() => manager.list()).toThrow()
    await manager.shutdown()
  })

  test('so does a module that is not there', async () => {
    await expect(new Manager({ process: true, module: 'file:///none.mjs' }).start()).rejects.toThrow(/none\.mjs/)
  })
})

test('what cannot be registered is refused', () => {
  class Thing {}
  Object.defineProperty(Thing.prototype, 'then', { value: () => {} })
  expect(() => Manager.register('T', Thing, { exposed: ['then'] })).toThrow(TypeError)
  expect(() => Manager.register('T', Thing, { exposed: ['nothing'] })).toThrow(TypeError)
})

/** A call as a peer makes it that does not keep to what it was told. */
function forged(manager: Manager, foo: object, name: string): Promise<unknown> {
  const { id } = (foo as Record<symbol, { id: string }>)[Symbol.for('millrace.handle')]!
  const { context } = connectionTo({ address: manager.address!, authKey: manager.authKey })
  return new CallChannel(context, undefined as never, id, 'managed-object', null).call('call', null, [], name)
}
