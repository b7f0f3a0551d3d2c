import {
  decode,
  encodeAlone,
  Frame,
  FrameReader,
  FrameWriter,
  ManagerServer,
  runExitHooks,
} from '@millrace/core/internal'
import { load, print } from './child-host.ts'
import { CHILD_READS, CHILD_WRITES } from './child-process.ts'
import { inheritArena } from './file-arena.ts'
import './install.ts'
import { ManagerListener } from './manager-listener.ts'
import type { ManagerOrder, ManagerReady } from './manager-process.ts'
import { PipeTransport } from './pipe-transport.ts'

// What runs in the process of a manager: a hub of its own, to which everybody connects who knows the key.

// Those who connect have arenas of their own trees, and none in common with this process.
inheritArena(undefined)

const [, , , maxFrame] = process.argv
const server = new ManagerServer(Number(maxFrame))
const parent = PipeTransport.inherited(CHILD_READS, CHILD_WRITES)
let listener: ManagerListener | undefined

// Ctrl-C reaches every process of the terminal; whoever started this one decides.
process.on('SIGINT', () => {})

const reader = new FrameReader((type, bytes, start, end) => {
  if (type === Frame.START) void serve(decode(bytes, start, end, { handle: () => undefined }) as ManagerOrder)
  else if (type === Frame.STOP) void stop()
  return true
}, Number(maxFrame))
parent.listen({ onBytes: (chunk) => reader.push(chunk), onDrain: () => {}, onClose: () => void stop() })

async function serve(order: ManagerOrder): Promise<void> {
  const { authKey, handshakeTimeout } = order
  listener = new ManagerListener({ authKey, handshakeTimeout, connected: (transport) => server.attach(transport) })
  try {
    const address = await listener.listen(order.address)
    server.home = { address, authKey }
    const module = order.module === undefined ? {} : await load(order.module)
    if (order.initializer !== undefined) {
      const initializer = module[order.initializer]
      if (typeof initializer !== 'function')
        throw new TypeError(`${order.module} exports no function ${order.initializer}`)
      await initializer(...(server.decode(order.initArgs) as unknown[]))
    }
    tell({ ok: true, address })
  } catch (error) {
    tell({ ok: false, error })
    process.exitCode = 1
    await stop()
  }
}

function tell(ready: ManagerReady): void {
  parent.sendSync(new FrameWriter().begin(Frame.START).bytes(encodeAlone(ready).bytes).take())
}

let stopping = false

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  server.shutDown()
  await listener?.close()
  runExitHooks(print)
  process.exit()
}
