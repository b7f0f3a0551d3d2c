import { afterAll, beforeAll } from 'vitest'
import { Elsewhere, type Places, type StartServant } from './elsewhere.ts'

/** The contexts of a suite: started before its first test, and ended after its last one. */
export function placesFor(startServant: StartServant): Places {
  const places = { start: () => start() } as { -readonly [Key in keyof Places]: Places[Key] }
  const started: Elsewhere[] = []
  const start = async () => {
    const elsewhere = await Elsewhere.start(startServant)
    started.push(elsewhere)
    return elsewhere
  }
  beforeAll(async () => {
    ;[places.one, places.two] = await Promise.all([start(), start()])
  })
  afterAll(async () => {
    await Promise.all(started.map((elsewhere) => elsewhere.kill()))
  })
  return places
}
