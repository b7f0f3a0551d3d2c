import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import type * as Schema from 'effect/Schema'
import * as SchemaIssue from 'effect/SchemaIssue'
import * as SchemaParser from 'effect/SchemaParser'
import { ContractError } from '../errors.ts'
import type { Task } from '../task-module.ts'
import { CONTRACT, type ContractCodec } from './contract-codec.ts'

/**
 * What goes into a task and what comes out of it, as schemas say: checked where it enters, in the worker and in the caller.
 * Apart from the rest of the vocabulary, since it loads Effect's schemas.
 */
export interface Contract<in out I, in out IE, in out O, in out OE, in out F, in out FE> {
  /** What the task is called with. */
  readonly input: Schema.Codec<I, IE>
  /** What it gives. */
  readonly output: Schema.Codec<O, OE>
  /** What it fails of; unless given, of nothing. */
  readonly error: Schema.Codec<F, FE>
}

/**
 * A contract, best in a module of its own that the tasks and their callers import.
 *
 * @example
 * export const Parse = Contract.make({ input: Schema.String, output: Person, error: BadRow })
 */
export const make = <I, IE, O, OE, F = never, FE = never>(schemas: {
  readonly input: Schema.Codec<I, IE>
  readonly output: Schema.Codec<O, OE>
  readonly error?: Schema.Codec<F, FE> | undefined
}): Contract<I, IE, O, OE, F, FE> => schemas as Contract<I, IE, O, OE, F, FE>

/**
 * The task, for its module: what it is called with is decoded, what it gives and fails of is encoded. What does not fit fails
 * with ContractError, and the function is not called with it.
 *
 * @example
 * export const parse = Contract.implement(Parse, (line) => parsePerson(line))
 */
export const implement = <I, IE, O, OE, F, FE, R>(
  contract: Contract<I, IE, O, OE, F, FE>,
  task: (input: I) => Effect.Effect<O, F, R>,
): ((input: IE) => Effect.Effect<OE, FE | ContractError, R>) => {
  const decodeInput = checking('input', SchemaParser.decodeUnknownExit(contract.input))
  const encodeOutput = checking('output', SchemaParser.encodeUnknownExit(contract.output))
  const encodeError =
    contract.error === undefined
      ? Exit.fail
      : failing(checking('error', SchemaParser.encodeUnknownExit(contract.error)))
  return (input) =>
    Effect.flatMap(decodeInput(input), (decoded) =>
      Effect.matchEffect(task(decoded as I), { onSuccess: encodeOutput, onFailure: encodeError }),
    ) as Effect.Effect<OE, FE | ContractError, R>
}

/**
 * The task, for its callers: what they give is encoded, what comes is decoded.
 *
 * @example
 * const parse = Contract.bind(Parse, tasks.parse)
 * yield* Pool.apply(pool, parse, ['Ada,36'])
 */
export const bind = <I, IE, O, OE, F, FE, R>(
  contract: Contract<I, IE, O, OE, F, FE>,
  task: Task<[input: IE], Effect.Effect<OE, FE | ContractError, R>>,
): Task<[input: I], Effect.Effect<O, F | ContractError, R>> => {
  const codec: ContractCodec = {
    encodeInput: checking('input', SchemaParser.encodeUnknownExit(contract.input)),
    decodeOutput: checking('output', SchemaParser.decodeUnknownExit(contract.output)),
    decodeError: contract.error === undefined ? same : decodingOr(SchemaParser.decodeUnknownExit(contract.error)),
  }
  return Object.defineProperty(Object.create(task) as object, CONTRACT, { value: codec }) as never
}

const inWords = SchemaIssue.makeFormatterDefault()

type Check = (value: unknown) => Exit.Exit<unknown, SchemaIssue.Issue>

function checking(
  of: 'input' | 'output' | 'error',
  check: Check,
): (value: unknown) => Exit.Exit<unknown, ContractError> {
  return (value) => Exit.mapError(check(value), (issue) => errorOf(of, issue))
}

const same = (value: unknown): unknown => value

/** What cannot be decoded stays as it is. */
function decodingOr(decode: Check): (encoded: unknown) => unknown {
  return (encoded) => {
    const exit = decode(encoded)
    return Exit.isSuccess(exit) ? exit.value : encoded
  }
}

/** An error that is what the contract says is what the task fails of. */
function failing(encode: (error: unknown) => Exit.Exit<unknown, ContractError>) {
  return (error: unknown): Exit.Exit<never, unknown> => {
    const encoded = encode(error)
    return Exit.isSuccess(encoded) ? Exit.fail(encoded.value) : Exit.failCause(encoded.cause)
  }
}

function errorOf(of: 'input' | 'output' | 'error', issue: SchemaIssue.Issue): ContractError {
  return new ContractError(`the ${of} of the task is not what its contract says: ${inWords(issue)}`, of)
}
