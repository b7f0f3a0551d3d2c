import { BrokenPipeError, EndOfFileError, FullError, Pipe, Process, Queue, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { expectTimeout, observe, range } from '../../../core/conformance/observed.ts'
import { kinds } from '../kinds.ts'
import { allGone } from '../processes.ts'

const tasks = taskModule<typeof import('./fixtures/pipe-tasks.mjs')>(
  new URL('./fixtures/pipe-tasks.mjs', import.meta.url),
)

// Where Python's pipes block for ever, or leave half a message.
describe.concurrent.each(kinds)('a pipe to a $kind, where Python fails', ({ kind }) => {
  test('two who send each other a large message, and only then receive, do not stand in each other’s way (G30)', async () => {
    const SIZE = 5_000_000
    const [here, far] = Pipe<Uint8Array>()
    const child = new Process(tasks.exchangeLarge, { args: [far, SIZE], kind }).start()
    await here.send(new Uint8Array(SIZE).fill(1))
    const received = await here.recv()
    expect([received.length, received.every((byte) => byte === 2)]).toEqual([SIZE, true])
    expect(await child.result).toBe(SIZE)
    await child.join()
  })

  test('a send to who does not receive waits at the bound, and no longer than it is told to (G30)', async () => {
    const [here, far] = Pipe<unknown>({ maxsize: 2 })
    const child = new Process(tasks.exchangeLarge, { args: [far as never, 10], kind }).start()
    // It has sent, and waits for its one message.
    await here.recv()
    await here.send(new Uint8Array(1))
    await child.join()
    await expect(here.send('to nobody')).rejects.toThrow(BrokenPipeError)
    const [near, deaf] = Pipe<number>({ maxsize: 2 })
    const sleeper = new Process(tasks.holdOn, { args: [deaf], kind, daemon: true }).start()
    await near.send(1)
    await near.send(2)
    const error = (await expectTimeout(near.send(3, { timeout: 100 }), FullError, 100)) as FullError
    expect(error.item).toBe(3)
    const blocked = observe(near.send(4))
    await sleeper.kill()
    await expect(blocked.promise).rejects.toThrow(BrokenPipeError)
    await sleeper.join()
  })

  test('two who have closed while their sends wait for room do not wait for each other: both end', async () => {
    const [a, b] = Pipe<unknown>({ maxsize: 1 })
    const [one, two] = [a, b].map((end) => new Process(tasks.sendAndClose, { args: [end, 5], kind }).start())
    // What found room was sent; the rest never can be.
    for (const child of [one!, two!]) expect(await child.result).toContain('BrokenPipeError')
    await Promise.all([one!.join(), two!.join()])
    expect([one!.exitCode, two!.exitCode]).toEqual([0, 0])
  })

  test('one that closed with sends waiting is told as soon as nobody can receive them', async () => {
    const [here, far] = Pipe<unknown>({ maxsize: 1 })
    const child = new Process(tasks.sendAndClose, { args: [far, 5], kind }).start()
    expect(await here.recv()).toBe(0)
    // The other side does not receive any more, so a send to it fails, though what it sends can still be received.
    await expect(sendUntilRefused()).rejects.toThrow(BrokenPipeError)
    expect(await here.recv()).toBe(1)
    await here.close()
    expect(await child.result).toEqual([undefined, 'BrokenPipeError'])
    await child.join()

    async function sendUntilRefused(): Promise<void> {
      for (;;) await here.send('for nobody')
    }
  })

  test('a holder that is killed while it sends: whole messages, in order, then the end of file (G01, G32)', async () => {
    const SIZE = 1_000_000
    for (const round of range(4)) {
      const [here, far] = Pipe<Uint8Array>({ maxsize: 2 })
      const child = new Process(tasks.sendLarge, { args: [far, SIZE], kind }).start()
      let next = 0
      const whole = (bytes: Uint8Array) => {
        const expected = next++ % 251
        expect(bytes.length).toBe(SIZE)
        expect(bytes.every((byte) => byte === expected)).toBe(true)
      }
      for (const _ of range(3 + round)) whole(await here.recvBytes())
      await child.kill()
      const end = await drain(() => here.recvBytes(), whole)
      expect(end).toBeInstanceOf(EndOfFileError)
      await expect(here.send(new Uint8Array(1))).rejects.toThrow(BrokenPipeError)
      await child.join()
    }
  })

  test('idle holders of a copy are killed, and the next message goes to one that lives (G02)', async () => {
    const [here, far] = Pipe<string>()
    const ready = new Queue<number>()
    const start = () => new Process(tasks.waitForMessage, { args: [far.copy(), ready], kind }).start()
    const [first, second, survivor] = [start(), start(), start()]
    for (const _ of range(3)) await ready.get()
    await Promise.all([first.kill(), second.kill()])
    await Promise.all([first.join(), second.join()])
    await here.send('for the survivor')
    expect(await survivor.result).toBe('for the survivor')
    await here.send('for the one that was kept')
    expect(await far.recv()).toBe('for the one that was kept')
    await survivor.join()
  })
})

test('what was killed is gone', async () => {
  const [, far] = Pipe<Uint8Array>({ maxsize: 1 })
  const child = new Process(tasks.sendLarge, { args: [far, 100_000] }).start()
  const { pid } = child
  await child.kill()
  await child.join()
  await allGone([pid!])
})

/** Takes what there is; returns the error at the end. */
async function drain<T>(receive: () => Promise<T>, take: (message: T) => void): Promise<unknown> {
  for (;;) {
    try {
      take(await receive())
    } catch (error) {
      return error
    }
  }
}
