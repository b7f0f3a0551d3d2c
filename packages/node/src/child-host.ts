import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import {
  becomeChild,
  type Context,
  type Host,
  type Order,
  runChild,
  StartError,
  type Transport,
} from '@millrace/core/child'
// Before anything else registers what is to be done at the exit: see there.
import './install.ts'
import { inheritArena } from './file-arena.ts'
import { registerLoaders } from './loader.ts'
import { resolveModule } from './resolve-module.ts'
import { runDelay } from './run-delay.ts'

/** What differs between a child process and a thread. */
export interface Footing {
  readonly path: string
  readonly maxFrame: number
  readonly transport: Transport
  /** The descriptor of the arena, if there is one. */
  readonly arena: number | undefined
  /** Bytes. */
  memoryUsed(): number
  /** Ends this context as if by SIGTERM. */
  die(): void
}

/** Makes this realm a context of the tree, which waits for its order, carries it out, and ends. */
export function serveParent(footing: Footing): void {
  const { path, maxFrame, transport } = footing
  inheritArena(footing.arena)
  const here = becomeChild(path, transport, maxFrame)
  const { context } = here

  // Normal ends, process.exit included, flush first; the exit hooks have run by then (install.ts).
  let dying = false
  process.on('exit', (code) => {
    if (code === 0 && !dying) context.sayGoodbye()
    context.flushSync()
  })

  const die = () => {
    dying = true
    footing.die()
  }

  context.onStart = (payload) => {
    const order = payload as Order
    context.whileBusy((busy) => (busy ? transport.ref() : transport.unref()))
    // Whoever's parent is gone has nothing to live for.
    context.onLost = () => {
      if (!order.detached) process.exit(1)
    }
    let returned = false
    void runChild(here, order, hostOn({ ...footing, die })).finally(() => {
      returned = true
      warnOfWaitingPuts(context)
    })
    process.once('beforeExit', () => {
      if (returned) return
      print(`Process ${order.name}: its function waits for something that can never happen, so the process ends`)
      process.exitCode = 13
    })
  }
}

function hostOn({ memoryUsed, die }: Footing): Host {
  return {
    load,
    async loadBeside(module, name) {
      return import(pathToFileURL(resolveBeside(resolveModule(module), name)).href)
    },
    loadStages: () => import('@millrace/core/rxjs'),
    print,
    setExitCode(code) {
      process.exitCode = code
    },
    die,
    exit: () => process.exit(),
    memoryUsed,
    runDelay,
  }
}

/** As it is installed for the task module, or else for this package, of whose peers it is. */
function resolveBeside(module: string, name: string): string {
  try {
    return process.getBuiltinModule('node:module').createRequire(module).resolve(name)
  } catch {
    return process
      .getBuiltinModule('node:module')
      .createRequire(import.meta.url)
      .resolve(name)
  }
}

/** Imports a task module. */
export async function load(module: string): Promise<Record<string, unknown>> {
  const url = resolveModule(module)
  await registerLoaders(url)
  try {
    const { importModule } = await import('./import-module.ts')
    return await importModule(url)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new StartError(`cannot load the task module ${module}: ${(cause as Error).message}`, { cause })
  }
}

/** Writes to the standard error of this context. */
export function print(error: unknown): void {
  process.stderr.write(`${typeof error === 'string' ? error : inspect(error)}\n`)
}

function warnOfWaitingPuts(context: Context): void {
  setTimeout(() => {
    const warning = context.waitingPuts()
    if (warning !== undefined) print(warning)
  }, 2_000).unref()
}
