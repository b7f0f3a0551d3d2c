import * as Effect from 'effect/Effect'
import type { Scope } from 'effect/Scope'
import { Hub } from '../../src/effect/index.ts'

/** What a program in one context comes to. */
export function run<A, E>(program: Effect.Effect<A, E, Hub.Hub | Scope>): Promise<A> {
  return Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(Hub.layer)))
}

/** Lets everything happen that is to happen. */
export const rest: Effect.Effect<void> = Effect.promise(async () => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
})
