import { BrokenPipeError, type Connection, EmptyError, EndOfFileError, FullError, Pipe } from '@millrace/core'
import { expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { observe, range } from '../observed.ts'
import { Held, heard, pipeTo } from './held.ts'

/** A dead holder is one who closed, and takes along what it had received, and nothing else. */
export function death(places: Places): void {
  test('everything that a dead holder had sent is received; then comes the end of file', async () => {
    const victim = await places.start()
    const [here, there] = await pipeTo(victim)
    await there.sendAll(range(500))
    const last = observe(here.recv())
    await victim.kill()
    expect(await last.promise).toBe(0)
    for (const i of range(499)) expect(await here.recv()).toBe(i + 1)
    await expect(here.recv()).rejects.toThrow(EndOfFileError)
    await expect(here.send('nobody there')).rejects.toThrow(BrokenPipeError)
  })

  test('who waits for a message from a holder that dies, or for room, is told', async () => {
    const victim = await places.start()
    const [here, there] = await pipeTo(victim, { maxsize: 1 })
    const waiting = observe(here.recv())
    await here.send('never received')
    const blocked = observe(here.send('never sent'))
    await there.use('poll')
    await heard()
    expect([waiting.state, blocked.state]).toEqual(['pending', 'pending'])
    await victim.kill()
    await expect(waiting.promise).rejects.toThrow(EndOfFileError)
    await expect(blocked.promise).rejects.toThrow(BrokenPipeError)
  })

  test('a copy held elsewhere keeps the end alive', async () => {
    const victim = await places.start()
    const [here, far] = Pipe<string>()
    const there = await Held.at(places.one, far.copy())
    await Held.at(victim, far)
    await victim.kill()
    await there.use('send', 'alive')
    expect(await here.recv()).toBe('alive')
    await here.send('and kicking')
    expect(await there.use('recv')).toBe('and kicking')
  })

  test('a holder that dies while it waits for a message does not break the pipe for the others (G02)', async () => {
    const victim = await places.start()
    const [here, far] = Pipe<number>()
    const there = await Held.at(places.one, far.copy())
    const dying = await Held.at(victim, far)
    void dying.use('recv')
    await victim.run('ping')
    const behind = there.use('recv')
    await places.one.run('ping')
    await victim.kill()
    await here.send(1)
    expect(await behind).toBe(1)
    await here.send(2)
    expect(await there.use('recv', { timeout: 5_000 })).toBe(2)
  })

  test('what a dead holder had been delegated and had not received goes to another, in order', async () => {
    const victim = await places.start()
    const [here, far] = Pipe<number>()
    const there = await Held.at(places.one, far.copy())
    const dying = await Held.at(victim, far)
    for (const i of range(300)) {
      void here.send(i)
      await dying.use('recv')
    }
    for (const i of range(100)) await here.send(i)
    expect(await dying.receiveMany(10)).toEqual(range(10))
    await victim.kill()
    await here.close()
    expect(await there.receiveAll()).toEqual({ messages: range(100).slice(10), end: 'EndOfFileError' })
  })

  test('a holder that dies while it waits for room neither sends nor keeps any', async () => {
    const victim = await places.start()
    const [here, far] = Pipe<string>({ maxsize: 1 })
    const there = await Held.at(places.one, far.copy())
    const dying = await Held.at(victim, far)
    await there.use('send', 'first')
    void dying.use('send', 'never')
    await victim.run('ping')
    const behind = observe(there.use('send', 'second'))
    await places.one.run('ping')
    await victim.kill()
    await places.one.run('ping')
    expect(behind.state).toBe('pending')
    expect(await here.recv()).toBe('first')
    await behind.promise
    expect(await here.recv()).toBe('second')
    await expect(here.recv({ timeout: 0 })).rejects.toThrow(EmptyError)
  })

  test('room that a dead holder had been delegated is free again', async () => {
    const victim = await places.start()
    const [here, far] = Pipe<number>({ maxsize: 40 })
    const there = await Held.at(places.one, far.copy())
    const dying = await Held.at(victim, far)
    const sending = dying.sendAll(range(400))
    for (const i of range(400)) expect(await here.recv()).toBe(i)
    await sending
    await victim.kill()
    expect(await places.one.run('fillPipe', there.key)).toBe(40)
  })

  test('with maxbytes, what a dead holder had reserved is free again', async () => {
    const victim = await places.start()
    const [here, far] = Pipe<Uint8Array>({ maxbytes: 1_000 })
    const copy = far.copy()
    const dying = await Held.at(victim, far)
    await dying.use('sendBytes', new Uint8Array(900))
    void dying.use('sendBytes', new Uint8Array(950))
    await victim.run('ping')
    await victim.kill()
    await here.recv()
    await copy.send(new Uint8Array(900), { timeout: 0 })
    await expect(copy.send(new Uint8Array(900), { timeout: 0 })).rejects.toThrow(FullError)
  })

  test('a connection in a message that the dead had sent lives on', async () => {
    const victim = await places.start()
    const [carrier, taker] = Pipe<Connection<string>>()
    const [here, far] = Pipe<string>()
    const [carrying, carried] = [await Held.at(victim, taker), await Held.at(victim, far)]
    await victim.run('passOn', carried.key, carrying.key)
    await victim.kill()
    const end = await carrier.recv()
    await end.send('from the dead hand')
    expect(await here.recv()).toBe('from the dead hand')
    await expect(carrier.recv()).rejects.toThrow(EndOfFileError)
  })

  test('a connection in a message that the dead had not received goes on to another', async () => {
    const victim = await places.start()
    const [carrier, taker] = Pipe<unknown>()
    const there = await Held.at(places.one, taker.copy())
    const dying = await Held.at(victim, taker)
    for (const i of range(300)) {
      void carrier.send(i)
      await dying.use('recv')
    }
    const [here, far] = Pipe<string>()
    await carrier.send(far)
    await heard()
    await victim.kill()
    const held = new Held(places.one, await places.one.run('holdFrom', there.key))
    await held.use('send', 'rescued')
    expect(await here.recv()).toBe('rescued')
  })

  test('a connection in a message that only the dead could have received goes with them', async () => {
    const victim = await places.start()
    const [carrier] = await pipeTo(victim)
    const [here, far] = Pipe<string>()
    await carrier.send(far)
    await victim.kill()
    await expect(here.recv()).rejects.toThrow(EndOfFileError)
  })
}
