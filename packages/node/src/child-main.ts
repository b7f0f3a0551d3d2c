import { inspect } from 'node:util'
import { StartError } from '@millrace/core'
import { becomeChild, DEFAULT_MAX_FRAME, type Host, type Order, runChild, runExitHooks } from '@millrace/core/internal'
import { CHILD_READS, CHILD_WRITES } from './child-process.ts'
import { PipeTransport } from './pipe-transport.ts'
import './install.ts'
import { resolveModule } from './resolve-module.ts'

// The first thing that runs in a child process. It must load little: every start pays for it.

const [, , path, maxFrame] = process.argv
const transport = PipeTransport.inherited(CHILD_READS, CHILD_WRITES)
const here = becomeChild(path!, transport, Number(maxFrame ?? DEFAULT_MAX_FRAME))
const { context } = here

// Ctrl-C reaches every process of the terminal; the parent decides what becomes of its children.
process.on('SIGINT', () => {})

// Normal ends, process.exit included, flush first; the exit hooks have run by then (install.ts).
process.on('exit', () => context.link.flushSync())

context.onStart = (payload) => {
  const order = payload as Order
  context.whileBusy((busy) => (busy ? transport.ref() : transport.unref()))
  // Whoever's parent is gone has nothing to live for.
  context.onLost = () => {
    if (!order.detached) process.exit(1)
  }
  let returned = false
  void runChild(here, order, host).finally(() => {
    returned = true
    warnOfWaitingPuts()
  })
  process.once('beforeExit', () => {
    if (returned) return
    print(`Process ${order.name}: its function waits for something that can never happen, so the process ends`)
    process.exitCode = 13
  })
}

const host: Host = {
  async load(module) {
    const url = resolveModule(module)
    try {
      return (await import(url)) as Record<string, unknown>
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
      throw new StartError(`cannot load the task module ${module}: ${(cause as Error).message}`, { cause })
    }
  },
  print,
  setExitCode(code) {
    process.exitCode = code
  },
  die() {
    runExitHooks(print)
    context.link.flushSync()
    process.kill(process.pid, 'SIGTERM')
  },
}

function print(error: unknown): void {
  process.stderr.write(`${typeof error === 'string' ? error : inspect(error)}\n`)
}

/** Python's "join before draining" cannot hang silently: it says what it waits for. */
function warnOfWaitingPuts(): void {
  setTimeout(() => {
    const queues = context.waitingPuts()
    if (queues.length > 0)
      print(
        `Process ${here.context.path}: its function has returned, but it cannot end before there is room for what it put: ` +
          `${queues.join(', ')}. Get from there before join(), or call cancelJoinThread().`,
      )
  }, 2_000).unref()
}
