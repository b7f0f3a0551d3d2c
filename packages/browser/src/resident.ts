import { activeChildren } from '@millrace/core'
import {
  becomeChild,
  type Context,
  type Host,
  installClaims,
  type Order,
  type Runtime,
  runChild,
  runExitHooks,
  runtime,
  SharedClaims,
  systemClock,
} from '@millrace/core/internal'
import { MessagePortTransport } from './message-port.ts'
import { becomePid } from './pid.ts'
import { holdSign, type Sign } from './vital-sign.ts'
import type { Hello } from './words.ts'

/** How much of what a process wrote is reported when it dies, in characters. */
const TAIL = 8 * 1024
/** How long a put may wait for room, once the function has returned, before it is reported, in milliseconds. */
const WAITING_PUTS_MS = 2_000

/** The exported functions of a task module. */
export type Exposed = Record<string, unknown>

type How = { readonly exitCode: number; readonly signal: string | null }

/**
 * A context that lives in this realm: it carries out its order, and says its last word.
 *
 * Where the realm is there for it alone (`leave` ends it), it ends once its function has returned, its children have
 * ended and nothing is pending. What else was begun, timers or requests, is not waited for: a browser does not tell.
 */
export class Resident {
  readonly #transport: MessagePortTransport
  readonly #here: Runtime
  readonly #tasks: Exposed
  readonly #leave: (() => void) | undefined
  readonly #sign: Sign
  #state: 'expected' | 'running' | 'ended' = 'expected'
  #exitCode = 0
  #tail = ''

  /** Begins only once its death would be noticed. */
  static async settle(hello: Hello, port: MessagePort, tasks: Exposed, leave?: () => void): Promise<Resident> {
    return new Resident(hello, port, tasks, await holdSign(hello.lock), leave)
  }

  private constructor(hello: Hello, port: MessagePort, tasks: Exposed, sign: Sign, leave: (() => void) | undefined) {
    this.#sign = sign
    this.#tasks = tasks
    this.#leave = leave
    this.#transport = new MessagePortTransport(port, { shares: leave !== undefined })
    if (hello.claims !== undefined) installClaims(new SharedClaims(hello.claims))
    this.#here = becomeChild(hello.path, this.#transport, hello.maxFrame)
    if (this.#here === runtime()) becomePid(hello.pid)
    this.#transport.say({ is: 'alive', lock: sign.lock })
    this.#context.onStart = (order) => void this.#run(order as Order)
    // Whoever's starter is gone has nothing to live for.
    this.#context.onLost = () => this.end({ exitCode: 1, signal: null })
  }

  get #context(): Context {
    return this.#here.context
  }

  /** Ends the context as if by `process.exit()`: what was put before is sent. */
  end({ exitCode, signal }: How = { exitCode: this.#exitCode, signal: null }): void {
    if (this.#state === 'ended') return
    const ran = this.#state === 'running'
    this.#state = 'ended'
    this.#runExitHooks()
    if (exitCode === 0) this.#context.sayGoodbye()
    this.#context.flushSync()
    this.#transport.say({ is: 'end', ran, exitCode, signal, stderr: this.#tail })
    this.#context.link.close()
    this.#sign.letGo()
    this.#leave?.()
  }

  /** An error that nobody caught ends the context, as in Node. */
  crash(error: unknown): void {
    this.#print(error)
    this.end({ exitCode: 1, signal: null })
  }

  async #run(order: Order): Promise<void> {
    this.#state = 'running'
    await runChild(this.#here, order, this.#host)
    const timer = setTimeout(() => this.#warnOfWaitingPuts(), WAITING_PUTS_MS)
    if (this.#leave !== undefined) await childrenEnded()
    await idle(this.#context)
    // What they put may have to wait for room.
    this.#runExitHooks()
    await idle(this.#context)
    clearTimeout(timer)
    this.end()
  }

  #runExitHooks(): void {
    if (this.#leave !== undefined) runExitHooks((error) => this.#print(error))
  }

  readonly #host: Host = {
    load: async () => this.#tasks,
    // What fails because it was cut off is no news.
    print: (error) => this.#state === 'running' && this.#print(error),
    setExitCode: (code) => {
      this.#exitCode = code
    },
    die: () => this.end({ exitCode: -15, signal: 'SIGTERM' }),
    exit: () => this.end(),
  }

  #print(error: unknown): void {
    console.error(error)
    const text = error instanceof Error ? `${error}\n${error.stack ?? ''}` : String(error)
    this.#tail = `${this.#tail}${text}\n`.slice(-TAIL)
  }

  #warnOfWaitingPuts(): void {
    const warning = this.#context.waitingPuts()
    if (warning !== undefined) this.#print(warning)
  }
}

/** As in Python, a process waits for those that it has started, but for daemons, which end with it. */
async function childrenEnded(): Promise<void> {
  const waitedFor = () => activeChildren().filter((child) => !child.daemon)
  for (let children = waitedFor(); children.length > 0; children = waitedFor())
    await Promise.allSettled(children.map((child) => child.join()))
}

/** Resolves once no operation is pending and none has followed in this turn and the next. */
async function idle(context: Context): Promise<void> {
  for (let quiet = 0; quiet < 2; ) {
    quiet = (await becameIdle(context)) ? 0 : quiet + 1
    await new Promise<void>((resolve) => systemClock.defer(resolve))
  }
}

/** Resolves once no operation is pending, and tells whether one was. */
async function becameIdle(context: Context): Promise<boolean> {
  let wasBusy = false
  let stop = () => {}
  await new Promise<void>((resolve) => {
    stop = context.whileBusy((busy) => {
      wasBusy ||= busy
      if (!busy) resolve()
    })
  })
  stop()
  return wasBusy
}
