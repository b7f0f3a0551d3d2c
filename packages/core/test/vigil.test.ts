import { describe, expect, test } from 'vitest'
import { Vigil } from '../src/vigil.ts'

/** Lets the event loop turn, at 0.01 ms each, until the vigil ends or `until` comes; returns how long that took. */
function watch(vigil: Vigil, from: number, until: number): number {
  let now = from
  let idle = false
  while (now < until && vigil.goesOn(now, idle)) {
    idle = true
    now += 0.01
  }
  return now - from
}

describe('a vigil', () => {
  test('is kept through a brisk conversation', () => {
    const vigil = new Vigil()
    let now = 10
    let awake = 0
    for (let i = 0; i < 200; i++) {
      vigil.heard(now)
      awake += watch(vigil, now, now + 0.05)
      now += 0.05
    }
    expect(awake).toBeGreaterThan(200 * 0.05 * 0.8)
  })

  test('is hardly ever kept where nothing comes before it has ended', () => {
    const vigil = new Vigil()
    let now = 10
    let awake = 0
    for (let i = 0; i < 2_000; i++) {
      vigil.heard(now)
      const watched = watch(vigil, now, now + 1)
      awake += watched
      // Whoever answers runs only when this one sleeps, and then answers at once.
      now += watched + 0.02
    }
    expect(awake).toBeLessThan((now - 10) * 0.2)
  })

  test('is kept again once it is rewarded', () => {
    const vigil = new Vigil()
    let now = 10
    for (let i = 0; i < 2_000; i++) {
      vigil.heard(now)
      now += watch(vigil, now, now + 1) + 0.02
    }
    now += 2_000
    let awake = 0
    for (let i = 0; i < 1_000; i++) {
      vigil.heard(now)
      awake += watch(vigil, now, now + 0.05)
      now += 0.05
    }
    expect(awake).toBeGreaterThan(1_000 * 0.05 * 0.8)
  })
})
