import {
  Barrier,
  BoundedSemaphore,
  Condition,
  type Connection,
  JoinableQueue,
  Lock,
  Manager,
  MillraceError,
  Pipe,
  Pool,
  Process,
  Queue,
  RLock,
  ShareableList,
  SharedEvent,
  SharedList,
  SharedMap,
  SharedMemory,
  SharedValue,
  SimpleQueue,
  setStartMethod,
  taskModule,
  wait,
} from '@millrace/node'
import { afterAll, describe, expect, test } from 'vitest'
import { runModule } from './processes.ts'

// What a newcomer does wrong: each time the error has to name the cause, and the way out.

const at = (file: string) => new URL(`./fixtures/${file}`, import.meta.url)
/** What is exported there, and what is thought to be. */
interface Module {
  square(n: number): number
  sqare(n: number): number
  limit(): number
  sum(a: number, b: number): number
  point(): object
  adder(): object
}
const tasks = taskModule<Module>(at('mistake-tasks.mjs'))
const missing = taskModule<Module>(at('not-there.mjs'))
const failing = taskModule<Module>(at('fails-at-import.mjs'))
/** What no type would let pass, as who writes JavaScript gives it. */
const anyOf = (value: unknown) => value as never
const newAny = (type: new (options: never) => unknown, options: unknown) => new type(options as never)

/** What is given by those who forget its `signal`. */
const controller = anyOf(new AbortController())

class Unregistered {
  x = 1
}

const pool = new Pool({ processes: 1, kind: 'thread' })
afterAll(() => pool.terminate())
const closedPool = () => {
  const closed = new Pool({ processes: 1 })
  closed.close()
  return closed
}
const startAgain = () => {
  const process = new Process(tasks.square, { args: [1], daemon: true, kind: 'thread' }).start()
  return process.start()
}
const handedOver = async () => {
  const [mine] = Pipe()
  await new Queue().put(mine)
  await mine.send(1)
}

/** What is done, and what the error is and says. */
type Mistake = [mistake: string, make: () => unknown, name: string, cause: RegExp, wayOut?: RegExp]

const mistakes: Mistake[] = [
  ['a path instead of a URL', () => taskModule('./tasks.ts'), 'TypeError', /absolute URL/, /new URL\('\.\/tasks\.ts'/],
  ['the module itself', () => taskModule(anyOf({ square: () => 1 })), 'TypeError', /absolute URL/],
  ['a file that is not there', () => pool.apply(missing.square, [1]), 'StartError', /not-there\.mjs/, /cannot load/],
  ['a module that throws', () => pool.apply(failing.square, [1]), 'RangeError', /cannot be loaded/],
  [
    'a name that the module does not export',
    () => pool.apply(tasks.sqare, [1]),
    'StartError',
    /exports no function sqare/,
    /square/,
  ],
  ['an export that is no function', () => pool.apply(tasks.limit, []), 'StartError', /exports no function limit/],
  [
    'a closure for a pool',
    () =>
      pool.apply(
        anyOf(() => 1),
        [],
      ),
    'TypeError',
    /export the function/,
    /taskModule\(\)/,
  ],
  [
    'a closure for a process',
    () => new Process(anyOf(() => 1)).start(),
    'TypeError',
    /export the function/,
    /taskModule\(\)/,
  ],
  ['the name of a task', () => pool.apply(anyOf('square'), [1]), 'TypeError', /square/, /taskModule\(\)/],
  [
    "Python's keyword arguments",
    () => new Process(anyOf({ target: tasks.square })).start(),
    'TypeError',
    /taskModule\(\)/,
  ],
  ['task and inputs the wrong way round', () => pool.map(anyOf([1, 2]), anyOf(tasks.square)), 'TypeError', /not 1,2/],
  ['one argument that is no list, for a pool', () => pool.apply(tasks.square, anyOf(5)), 'TypeError', /list/, /\[5\]/],
  [
    'one argument that is no list, for a process',
    () => new Process(tasks.square, { args: anyOf(5) }),
    'TypeError',
    /args/,
    /\[5\]/,
  ],
  ['a map of a number', () => pool.map(tasks.square, anyOf(5)), 'TypeError', /inputs must be iterable/],
  ['a starmap of numbers', () => pool.starmap(tasks.sum, anyOf([1, 2])), 'TypeError', /input 0 .* list/],
  ['a number for the options of a queue', () => new Queue(anyOf(3)), 'TypeError', /\{ maxsize/],
  ['a number for the options of a pool', () => new Pool(anyOf(3)), 'TypeError', /\{ processes/],
  ['a misspelt option of a queue', () => new Queue(anyOf({ maxSize: 3 })), 'TypeError', /'maxSize'/, /maxsize/],
  ['a misspelt option of a pool', () => new Pool(anyOf({ workers: 3 })), 'TypeError', /'workers'/, /processes/],
  [
    'a misspelt option of a process',
    () => new Process(tasks.square, anyOf({ arguments: [1] })),
    'TypeError',
    /'arguments'/,
    /args/,
  ],
  [
    'a misspelt option of a call',
    () => pool.apply(tasks.square, [1], anyOf({ timout: 5 })),
    'TypeError',
    /'timout'/,
    /timeout/,
  ],
  [
    'a bound for a queue that has none',
    () => newAny(SimpleQueue, { maxsize: 3 }),
    'TypeError',
    /simple-queue/,
    /no options/,
  ],
  ['a number for a lock', () => newAny(Lock, 1), 'TypeError', /lock/, /no options/],
  ['options for an event', () => newAny(SharedEvent, {}), 'TypeError', /event/, /no options/],
  ['a text for a number of workers', () => new Pool({ processes: anyOf('2') }), 'ValueError', /processes/, /not '2'/],
  ['a text for a bound', () => new Queue({ maxsize: anyOf('3') }), 'TypeError', /maxsize must be a number, not '3'/],
  [
    'streams that there are not, of a process',
    () => new Process(tasks.square, { args: [1], stdio: anyOf('none') }),
    'TypeError',
    /'none'/,
    /'ignore'/,
  ],
  ['streams that there are not, of a pool', () => new Pool({ stdio: anyOf(null) }), 'TypeError', /null/, /'ignore'/],
  [
    'a misspelt limit of a process',
    () => new Process(tasks.square, { args: [1], resourceLimits: anyOf({ maxOldSpaceSize: 64 }) }),
    'TypeError',
    /'maxOldSpaceSize'/,
    /maxOldGenerationSizeMb/,
  ],
  [
    'a misspelt limit of a pool',
    () => new Pool({ resourceLimits: anyOf({ maxHeap: 64 }) }),
    'TypeError',
    /'maxHeap'/,
    /maxOldGenerationSizeMb/,
  ],
  ['no workers', () => new Pool({ processes: 0 }), 'ValueError', /processes/, /at least 1/],
  ['a number for how long to wait', () => new Queue().get(anyOf(100)), 'TypeError', /\{ timeout: milliseconds \}/],
  [
    'a timeout that is no number',
    () => new Lock().hold().then(() => new Queue().get({ timeout: anyOf('5') })),
    'TypeError',
    /timeout/,
    /milliseconds/,
  ],
  ...[
    ['get', () => new Queue().get({ signal: controller })],
    ['acquire of a lock that is taken', () => takenLock({ signal: controller })],
    ['poll', () => Pipe()[0].poll({ timeout: 5, signal: controller })],
    ['wait', () => wait([new Queue()], { signal: controller })],
    ['wait of a barrier', () => new Barrier(2).wait({ signal: controller })],
    ['update', () => new SharedValue('i', 0).update((n) => n, { signal: controller })],
    ['a call', () => pool.apply(tasks.square, [1], { signal: controller })],
    ['the next result', () => pool.imap(tasks.square, [1]).next({ signal: controller })],
    ['a result', () => pool.applyAsync(tasks.square, [1]).get({ signal: controller })],
  ].map(
    ([of, make]): Mistake => [
      `a controller in place of its signal: ${of}`,
      make as () => unknown,
      'TypeError',
      /AbortSignal/,
      /controller\.signal/,
    ],
  ),
  ['null for a signal', () => new Queue().get({ signal: anyOf(null) }), 'TypeError', /AbortSignal, not null/],
  ['null for how long to poll', () => Pipe()[0].poll(anyOf(null)), 'TypeError', /\{ timeout: milliseconds \}/],
  ['a number for how long to wait', () => wait([new Queue()], anyOf(5)), 'TypeError', /\{ timeout: milliseconds \}/],
  ['a number for how long a party waits', () => new Barrier(2).wait(anyOf(5)), 'TypeError', /\{ timeout: milli/],
  ['a number for how long to join', () => new Process().join(anyOf(5)), 'TypeError', /\{ timeout: milliseconds \}/],
  [
    'a signal that is none',
    () => new Lock().hold().then(() => new Queue().get({ signal: anyOf({}) })),
    'TypeError',
    /signal/,
    /AbortSignal/,
  ],
  [
    'a function in an argument',
    () => pool.apply(tasks.square, anyOf([{ a: { b: () => 1 } }])),
    'EncodeError',
    /function/,
    /\[0\]\.a\.b/,
  ],
  ['a function as a result', () => pool.apply(tasks.adder, []), 'EncodeError', /the result of task adder/, /function/],
  [
    'a class that was not registered, as an argument',
    () => pool.apply(tasks.square, [anyOf(new Unregistered())]),
    'EncodeError',
    /registerClass\(Unregistered\)/,
  ],
  [
    'a class that was not registered, as a result',
    () => pool.apply(tasks.point, []),
    'EncodeError',
    /registerClass\(Point\)/,
  ],
  ['what belongs to a process', () => new Queue().put(new WeakMap()), 'EncodeError', /WeakMap/, /send what is in it/],
  ['a promise: await is missing', () => new Queue().put(Promise.resolve(1)), 'EncodeError', /await it first/],
  ['a pool', () => new Queue().put(pool), 'EncodeError', /Pool/, /make one in the task/],
  ['a pool after close()', () => closedPool().apply(tasks.square, [1]), 'PoolClosedError', /closed/, /make another/],
  ['a join before close()', () => pool.join(), 'ValueError', /close\(\) or terminate\(\)/],
  ['a second start()', startAgain, 'ValueError', /started already/, /make a new one/],
  [
    'a join before start()',
    () => new Process(tasks.square, { args: [1] }).join(),
    'ValueError',
    /before it is started/,
  ],
  ['a put after close()', () => putAfterClose(), 'ClosedError', /closed in this process/],
  ['a lock that nobody holds', () => new Lock().release(), 'ValueError', /nobody holds it/, /acquire it first/],
  ['an RLock of somebody else', () => new RLock().release(), 'OwnershipError', /./],
  ['one release too many', () => new BoundedSemaphore(1).release(), 'ValueError', /too many times/],
  [
    'a condition without its lock',
    () => new Condition().notify(),
    'OwnershipError',
    /acquire it first/,
    /withLock\(\)/,
  ],
  ['one taskDone() too many', () => new JoinableQueue().taskDone(), 'ValueError', /too many times/],
  ['a barrier for nobody', () => new Barrier(0), 'TypeError', /parties/],
  ['value += 1', () => raise(new SharedValue('i', 0)), 'ValueError', /add\(\)/, /update\(\)/],
  ['an unknown type code', () => new SharedValue(anyOf('int'), 0), 'TypeError', /int32/],
  [
    'shared memory of which there is none',
    () => SharedMemory.open({ name: 'nowhere' }),
    'FileNotFoundError',
    /nowhere/,
  ],
  ['a number for the name of shared memory', () => SharedMemory.open({ name: anyOf(5) }), 'TypeError', /string, not 5/],
  ['a number for the name of a list', () => ShareableList.open({ name: anyOf(5) }), 'TypeError', /string, not 5/],
  ['no options for shared memory', () => SharedMemory.open(anyOf(undefined)), 'TypeError', /\{ name/],
  ['half an index of a list', () => new SharedList([1, 2, 3]).slice(1.5), 'TypeError', /integer, not 1\.5/],
  ['an end of a list that is endless', () => new SharedList([1]).slice(0, Infinity), 'TypeError', /not Infinity/],
  ['an index of a list that is no number', () => new SharedList([1]).indexOf(1, NaN), 'TypeError', /not NaN/],
  [
    'a revision that is none, of a map',
    () => new SharedMap([['a', 1]]).compareAndSet('a', anyOf(undefined), 2),
    'TypeError',
    /getVersioned\(\)/,
  ],
  [
    'a revision that is none, of a list',
    () => new SharedList([1]).compareAndSet(0, anyOf('1'), 2),
    'TypeError',
    /getVersioned\(\)/,
  ],
  ['a connection that was handed over', handedOver, 'ClosedError', /handed over/, /copy\(\)/],
  ['to send at the end that receives', () => receiver().send(anyOf(1)), 'ValueError', /cannot send/],
  ['to wait for what cannot be waited for', () => wait(anyOf([5])), 'ValueError', /connections, queues and processes/],
  ["Python's start method", () => setStartMethod(anyOf('fork')), 'ValueError', /spawn/, /thread/],
  [
    'a kind of process that there is not',
    () => new Pool({ kind: anyOf('worker') }),
    'TypeError',
    /'process', 'thread'/,
  ],
  [
    "a browser's task module",
    () => new Process(taskModule<Module>(() => ({})).square, { args: [1] }).start(),
    'TypeError',
    /in Node, give taskModule\(\) the URL/,
  ],
  [
    'an initializer that is no task',
    () => new Pool({ initializer: anyOf(() => 1) }),
    'TypeError',
    /initializer/,
    /taskModule\(\)/,
  ],
  ['a manager without a key', () => Manager.connect('/nowhere', { authKey: '' }), 'TypeError', /authKey/],
]

const putAfterClose = async () => {
  const queue = new Queue()
  queue.close()
  await queue.put(1)
}
const takenLock = async (options: { signal: never }) => {
  const lock = new Lock()
  await lock.acquire()
  await lock.acquire(options)
}
const raise = (value: SharedValue<'i'>) => {
  value.value += 1
}
const receiver = (): Connection<unknown, unknown> => Pipe({ duplex: false })[0]

describe('a mistake gets an error that names the cause and the way out', () => {
  test.each<Mistake>(mistakes)('%s', async (_mistake, make, name, cause, wayOut = cause) => {
    const error = await Promise.resolve()
      .then(make)
      .then(
        () => undefined,
        (reason: unknown) => reason,
      )
    expect(error).toBeInstanceOf(Error)
    const { name: is, message } = error as Error
    expect(is).toBe(name)
    expect(message).toMatch(cause)
    expect(message).toMatch(wayOut)
    if (!['TypeError', 'RangeError'].includes(name)) expect(error).toBeInstanceOf(MillraceError)
  })

  test('the pool of those mistakes is as good as before', async () => {
    expect(await pool.apply(tasks.square, [12])).toBe(144)
  })

  test('so is all else in this process', async () => {
    expect(await new Queue().qsize()).toBe(0)
  })
})

describe('a program that waits for what nobody is left to do ends, and says what that is', () => {
  test('a full queue, awaited by its only consumer', async () => {
    const { code, stderr } = await runModule(`
      import { Queue } from '@millrace/node'
      const queue = new Queue({ maxsize: 1 })
      await queue.put(1)
      await queue.put(2)`).ended
    expect(code).toBe(13)
    expect(stderr).toMatch(/1 for room in queue/)
    expect(stderr).toMatch(/timeout/)
  })

  test('a lock that it holds itself, an event, and a pipe', async () => {
    const { code, stderr } = await runModule(`
      import { Lock, Pipe, SharedEvent } from '@millrace/node'
      const lock = new Lock()
      await lock.acquire()
      const [end] = Pipe()
      await Promise.all([lock.acquire(), new SharedEvent().wait(), end.recv()])`).ended
    expect(code).toBe(13)
    for (const word of [/lock/, /event/, /connection/]) expect(stderr).toMatch(word)
  })

  test('one that only has a consumer left over, of which nothing is awaited, ends without a word', async () => {
    const { code, stderr } = await runModule(`
      import { Queue } from '@millrace/node'
      void new Queue().get()`).ended
    expect([code, stderr]).toEqual([0, ''])
  })
})

test('the core alone says which package starts processes', async () => {
  const { stdout } = await runModule(`
    import { Pool, Process, taskModule } from '@millrace/core'
    const tasks = taskModule(new URL('file:///tasks.mjs'))
    for (const make of [() => new Process(tasks.square).start(), () => new Pool()])
      try { make() } catch (error) { console.log(error.message) }`).ended
  expect(stdout.match(/import from @millrace\/node or @millrace\/browser/g)).toHaveLength(2)
})
