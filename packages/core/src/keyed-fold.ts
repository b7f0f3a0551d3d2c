import { decode } from './codec.ts'
import type { Connection } from './connection.ts'
import { EndOfFileError } from './errors.ts'
import { PLACED } from './outbox.ts'
import { settled } from './pool/collect.ts'
import { isEffect, VALUE_IN } from './pool/effects.ts'
import { isThenable } from './pool/tell.ts'
import { CHANNEL } from './queue-channel.ts'
import { runtime } from './runtime.ts'
import type { StageWork } from './stage-server.ts'

/** Something of a key. */
export type Keyed<K, T> = readonly [key: K, value: T]

/** What a key may be. */
export type Key = string | number | bigint | boolean

/** What is sent of a fold: a state of a key, or what was told on the way to one that nobody has asked for. */
export type Folded = readonly [key: unknown, answer: unknown] | readonly [key: unknown, answer: unknown, told: true]

/**
 * Folds the items of each key, one after the other, in the order in which they come. Sends each state, or the last one of each
 * key when all is in. What is at hand is folded without a promise for each.
 */
export async function foldByKey({ run, input, output, spec, signal }: StageWork): Promise<void> {
  const { kind, seed } = spec
  const { context } = runtime()
  const told = spec.told ?? undefined
  const states = new Map<unknown, unknown>()
  for (;;) {
    const item = received(input)
    const next = item instanceof Promise ? await item.catch(atEndOfFile) : item
    if (next === undefined) break
    const [key, value] = next as Keyed<unknown, unknown>
    let answer = run(states.has(key) ? states.get(key) : decode(seed, 0, seed.length, context), value)
    if (isToCome(answer)) answer = await settled(answer, signal, told)
    const state = hasValueIn(answer) ? answer[VALUE_IN] : answer
    states.set(key, state)
    // Of a reduction that is for what else it tells.
    const folded: Folded | undefined =
      kind === 'scan' ? [key, answer] : state === answer ? undefined : [key, answer, true]
    const placing = folded && sent(output, folded)
    if (placing !== undefined) await placing
  }
  if (kind === 'reduce') for (const each of states) await sent(output, each)
}

/** What is at hand, or a promise of what is not. */
function received(input: Connection<unknown, never>): unknown {
  const { inbox } = input[CHANNEL]
  return inbox.seize() ? inbox.take() : input.recv()
}

function atEndOfFile(error: unknown): undefined {
  if (!(error instanceof EndOfFileError)) throw error
}

/** Undefined where there was room at once. */
function sent(output: Connection<never, unknown>, folded: Folded): Promise<void> | undefined {
  const placed = output.send(folded)
  return placed === PLACED ? undefined : placed
}

function isToCome(answer: unknown): answer is object {
  return typeof answer === 'object' && answer !== null && (isThenable(answer) || isEffect(answer))
}

function hasValueIn(answer: unknown): answer is { readonly [VALUE_IN]: unknown } {
  return typeof answer === 'object' && answer !== null && VALUE_IN in answer
}
