import type { Context } from './context.ts'
import { becomeProcess, CurrentProcess } from './current-process.ts'
import { StartError, SystemExit } from './errors.ts'
import { getLogger, inheritLog } from './logging.ts'
import type { Kind } from './platform.ts'
import { collected } from './pool/collect.ts'
import { endEffects, isEffect, isEffectStream, loadEffectBy, shown } from './pool/effects.ts'
import type { WorkerInput } from './pool/serve.ts'
import type { Queue } from './queue.ts'
import { type Runtime, runtime } from './runtime.ts'
import { type StageInput, serveStage } from './stage-server.ts'
import { chooseKind } from './start-kind.ts'
import { BUILTIN } from './task-module.ts'

/** What a process is started for: the payload of START. */
export interface Order {
  readonly name: string
  readonly daemon: boolean
  readonly detached: boolean
  readonly authKey: Uint8Array
  readonly logLevel: number
  readonly parent: { readonly pid: number; readonly name: string }
  readonly module: string | null
  readonly export: string | null
  /** For Millrace's own, the module that is loaded before what it is given is decoded. */
  readonly preload: string | null
  /** The export is a subclass of Process: its `run` is called on an instance with these fields. */
  readonly isClass: boolean
  /** For whoever runs what the function returns, if that is an Effect. */
  readonly told: unknown
  /** How it was started, and its own children are unless they say otherwise. */
  readonly kind: Kind
  /** Its link is carried by the context that started it. */
  readonly carried: boolean
  /**
   * Where what the function is called with waits: it keeps alive what the arguments hold until this process has taken
   * them, or died, and the module, loaded first, registers their classes.
   */
  readonly input: Queue<Input>
  /** The same for a detached process, whose hub may be gone before it has taken anything. */
  readonly spare: Uint8Array | null
  readonly result: Queue<Outcome>
  readonly control: Queue<'terminate'>
}

export type TaskFunction = (...args: unknown[]) => unknown

/** What a function is called with, and the fields of the instance on which it is called, if it is a method. */
export interface Input {
  readonly args: readonly unknown[]
  readonly fields: object
}

/** How the function ended. */
export type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

/** What the platform does for a process that runs its order. */
export interface Host {
  /** Loads the task module, or waits until it has been exposed if it needs no loading. */
  load(module: string): Promise<Record<string, unknown>>
  /** Loads a module that is installed where that one can find it, if the platform can. */
  loadBeside?(module: string, name: string): Promise<unknown>
  /** Loads what serves the stages of a pipeline, if the platform can. */
  loadStages?(): Promise<unknown>
  /** Writes to standard error. */
  print(error: unknown): void
  /** What the process will exit with when nothing keeps it any more. */
  setExitCode(code: number): void
  /** Asked to terminate, and nobody listens or everything was done: die as if by SIGTERM. */
  die(): void
  /** Ends this process, whatever keeps it. */
  exit(): void
  /** How much memory this process uses, in bytes, where that can be known. */
  memoryUsed?(): number
  /** For how long, in milliseconds, this thread could have run and others had the core, where that can be known. */
  runDelay?(): number
}

/** Carries an order out: loads the module, calls the function, delivers what becomes of it. */
export async function runChild(here: Runtime, order: Order, host: Host): Promise<void> {
  const { context } = here
  if (order.carried) context.attaches = false
  const me = here === runtime() ? become(order) : new CurrentProcess(order)
  getLogger().info('child process calling its function')
  const control = order.control.unref()
  let stopping = false
  let settled = false
  const stop = async () => {
    await control.get()
    stopping = true
    if (!me.stop() || settled) host.die()
  }
  stop().catch(() => {})
  const outcome = await attempt(here, order, host, me)
  if (!outcome.ok) conclude(outcome.error, host, me)
  await deliver(context, order.result, outcome, host)
  settled = true
  if (stopping) host.die()
  // What a task has left running must not keep a worker; what it has put must find its place.
  if (order.module === BUILTIN) context.whenIdle(() => host.exit())
}

/** Takes over what the realm's own process hands down; a context that is a guest in its realm does not. */
function become(order: Order): CurrentProcess {
  inheritLog(order.logLevel, order.name)
  chooseKind(order.kind)
  return becomeProcess(order)
}

async function attempt(here: Runtime, order: Order, host: Host, me: CurrentProcess): Promise<Outcome> {
  try {
    const call = await prepare(here, order, host, me)
    const returned = await call()
    return { ok: true, value: isToBeRun(returned) ? await runReturned(returned, here, order, host, me) : returned }
  } catch (error) {
    if (error instanceof SystemExit && error.exitCode === 0) {
      host.setExitCode(0)
      return { ok: true, value: undefined }
    }
    return { ok: false, error }
  } finally {
    here.loading = false
    await endEffects((error) => host.print(error))
  }
}

function isToBeRun(returned: unknown): returned is object {
  return typeof returned === 'object' && returned !== null && (isEffect(returned) || isEffectStream(returned))
}

/**
 * An Effect is run, and of a Stream all values are the result; to terminate the process is to interrupt it. What a fiber waits
 * for keeps no event loop: that the fiber is there keeps the process.
 */
async function runReturned(
  returned: object,
  { context }: Runtime,
  { module, told }: Order,
  host: Host,
  me: CurrentProcess,
): Promise<unknown> {
  if (module !== null && module !== BUILTIN) loadEffectBy(host.loadBeside && ((name) => host.loadBeside!(module, name)))
  context.pending(1)
  try {
    return await collected(returned, () => me.signal, told ?? undefined)
  } finally {
    context.pending(-1)
  }
}

async function prepare(here: Runtime, order: Order, host: Host, me: CurrentProcess): Promise<() => unknown> {
  if (order.module === null || order.export === null) return () => undefined
  const target =
    order.module === BUILTIN
      ? await builtin(order, host, here, me)
      : taskFunction(await host.load(order.module), order.module, order.export)
  here.loading = false
  const { args, fields } = await inputOf(here, order)
  await here.context.arrived()
  order.input.release()
  if (!order.isClass) return () => target(...args)
  const instance = Object.assign(Object.create(target.prototype as object), fields) as { run(): unknown }
  return () => instance.run()
}

/** What runs in the workers of a pool, and in the stages of a pipeline; loaded there alone. */
async function builtin(order: Order, host: Host, here: Runtime, me: CurrentProcess): Promise<TaskFunction> {
  if (order.export === 'stage') return (...args) => serveStage(host, here, me, ...(args as unknown as StageInput))
  const { serve } = await import('./pool/serve.ts')
  // If that fails, it fails again when it is needed, and is told then.
  if (order.preload !== null) await host.load(order.preload).catch(() => {})
  return (...args) => serve(host, here, me, ...(args as unknown as WorkerInput))
}

/** @throws StartError if the module has no such function */
export function taskFunction(module: Record<string, unknown>, source: string, name: string): TaskFunction {
  const target = module[name]
  if (typeof target === 'function') return target as TaskFunction
  throw new StartError(
    `${source} exports no function ${name}; it exports ${functionsOf(module) || 'no function at all'}`,
  )
}

async function inputOf({ context }: Runtime, { input, spare }: Order): Promise<Input> {
  try {
    return await input.get()
  } catch (error) {
    if (spare === null || !context.link.closed) throw error
    return context.decode(spare, 0, spare.length) as Input
  }
}

/** An error ends the process as in Python: the trace on stderr, exit code 1; `SystemExit` says itself what it is. */
function conclude(error: unknown, host: Host, me: CurrentProcess): void {
  if (error instanceof SystemExit) {
    host.setExitCode(error.exitCode)
    if (error.exitCode === 1 && typeof error.code !== 'number' && typeof error.code !== 'boolean')
      host.print(String(error.code))
    return
  }
  host.setExitCode(1)
  const toPrint = shown(error)
  if (toPrint === undefined) return
  host.print(`Process ${me.name}:`)
  host.print(toPrint)
}

/** A value that cannot travel is an error like any other. */
async function deliver(context: Context, result: Queue<Outcome>, outcome: Outcome, host: Host): Promise<void> {
  if (context.link.closed) return
  try {
    await result.put(outcome)
  } catch (error) {
    if (context.link.closed) return
    host.setExitCode(1)
    host.print(error)
    await result.put({ ok: false, error }).catch(() => {})
  }
}

function functionsOf(module: Record<string, unknown>): string {
  return Object.keys(module)
    .filter((name) => typeof module[name] === 'function')
    .join(', ')
}
