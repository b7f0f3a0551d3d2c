import { expose, Process, ProcessDiedError, Queue, taskModule, windowPort } from '@millrace/browser'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { eventually, frameOf } from './frames.ts'

type Tasks = typeof import('./fixtures/tasks.ts') & { origin(): string }

const page = new URL('./fixtures/frame.html', import.meta.url)
/** The same server under a name that is another origin. */
const elsewhere = new URL(page)
elsewhere.hostname = page.hostname === 'localhost' ? '127.0.0.1' : 'localhost'

function pageFor(base: URL, ...origins: string[]): URL {
  const url = new URL(base)
  for (const origin of origins) url.searchParams.append('origin', origin)
  return url
}

function tasksOf(frame: HTMLIFrameElement, origin: string) {
  const port = windowPort(frame.contentWindow!, { origin })
  return taskModule<Tasks>(() => port)
}

/** The source of a message is the window whose code posts it. */
const KNOCK = "(target) => target.postMessage({ mark: 'millrace.1', is: 'knock' }, '*')"

afterEach(() => vi.restoreAllMocks())

describe('a frame', () => {
  test.each([
    ['of the same origin', page],
    ['of another origin', elsewhere],
  ])('%s runs the processes of the page that shows it', async (_, base) => {
    const tasks = tasksOf(await frameOf(pageFor(base, 'https://other.example', location.origin)), base.origin)
    const [there, back] = [new Queue<unknown>(), new Queue<unknown>()]
    const echo = new Process(tasks.echo, { args: [there, back] }).start()
    expect(await new Process(tasks.origin).start().result).toBe(base.origin)
    for (let i = 0; i < 100; i++) {
      await there.put({ i })
      expect(await back.get()).toEqual({ i })
    }
    await echo.terminate()
    await echo.join()
    expect(echo.exitCode).toBe(-15)
  })

  test('may be asked before its page has loaded', async () => {
    let tasks!: ReturnType<typeof tasksOf>
    const loading = frameOf(pageFor(page, location.origin), (frame) => {
      queueMicrotask(() => {
        tasks = tasksOf(frame, location.origin)
      })
    })
    await Promise.resolve()
    const child = new Process(tasks.square, { args: [4] }).start()
    await loading
    expect(await child.result).toBe(16)
  })

  test.each([
    ['of the same origin', page],
    ['of another origin', elsewhere],
  ])('%s that is removed takes its processes along', async (_, base) => {
    const frame = await frameOf(pageFor(base, location.origin))
    const tasks = tasksOf(frame, base.origin)
    const [queue, news] = [new Queue<unknown>(), new Queue<string>()]
    const child = new Process(tasks.waitFor, { args: [queue, news] }).start()
    await news.get()
    frame.remove()
    await child.join()
    await expect(child.result).rejects.toThrow(ProcessDiedError)
    await queue.put(1)
    expect(await queue.getNowait()).toBe(1)
  })

  test('that serves another origin ignores this page, and warns', async () => {
    const frame = await frameOf(pageFor(page, 'https://other.example'))
    const warned = vi.spyOn((frame.contentWindow as typeof window).console, 'warn').mockReturnValue()
    const port = windowPort(frame.contentWindow!, { origin: location.origin })
    await eventually('it warned', () => warned.mock.calls.length > 0)
    expect(warned.mock.calls[0]![0]).toContain(`ignored a message from ${location.origin}`)
    await expectSilence(port)
  })

  test('of another origin than was said is ignored, with a warning', async () => {
    const warned = vi.spyOn(console, 'warn').mockReturnValue()
    const frame = document.createElement('iframe')
    const loading = frameOf(pageFor(elsewhere, location.origin), (made) => Object.assign(frame, { made }))
    const { made } = frame as typeof frame & { made: HTMLIFrameElement }
    const port = windowPort(made.contentWindow!, { origin: location.origin })
    await loading
    await eventually('the page warned', () => warned.mock.calls.length > 0)
    expect(warned.mock.calls[0]![0]).toContain(`ignored a message from ${elsewhere.origin}`)
    await expectSilence(port)
  })

  test('ignores other windows of the right origin, and warns', async () => {
    const frame = await frameOf(pageFor(page, location.origin))
    const other = await frameOf(new URL('./fixtures/empty.html', import.meta.url))
    const warned = vi.spyOn((frame.contentWindow as typeof window).console, 'warn').mockReturnValue()
    const knock = (other.contentWindow as typeof window).eval(KNOCK) as (target: Window) => void
    knock(frame.contentWindow!)
    await eventually('it warned', () => warned.mock.calls.length > 0)
    expect(await new Process(tasksOf(frame, location.origin).square, { args: [3] }).start().result).toBe(9)
  })

  test.each([[undefined], [[]], ['*'], ['example.org'], ['https://example.org/path']])(
    'is refused without an exact origin: %j',
    (origin) => {
      expect(() => expose({}, { origin: origin as string })).toThrow('the origin or origins that may take part')
      expect(() => windowPort(window, { origin: origin as string })).toThrow('the origin or origins that may take part')
    },
  )
})

/** A process over this port never begins. */
async function expectSilence(port: MessagePort): Promise<void> {
  const tasks = taskModule<Tasks>(() => port)
  const child = new Process(tasks.square, { args: [1] }).start()
  const settled = await Promise.race([
    child.result.then(String, String),
    new Promise((resolve) => setTimeout(() => resolve('nothing'), 200)),
  ])
  expect(settled).toBe('nothing')
  await child.kill()
  await child.join()
}
