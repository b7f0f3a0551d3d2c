import { fileURLToPath } from 'node:url'
import {
  decode,
  encodeAlone,
  Frame,
  FrameReader,
  FrameWriter,
  type ManagerHost,
  type ManagerProcess,
  type ManagerRequest,
} from '@millrace/core/child'
import { spawnProcess } from './child-process.ts'
import { addressOf, privateAddress, removeFolder } from './manager-address.ts'
import { connectToManager } from './manager-client.ts'

const main = fileURLToPath(new URL('./manager-main.js', import.meta.url))

/** What a manager's process is told first. */
export interface ManagerOrder extends Omit<ManagerRequest, 'address'> {
  readonly address: string
}

/** What it answers. */
export type ManagerReady =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly error: unknown }

export const managerHost: ManagerHost = { start, connect: connectToManager, addressOf }

/** Nothing that passes between the two before the first connection has handles in it. */
const NO_HANDLES = {
  handle: () => {
    throw new TypeError('a handle cannot be part of this')
  },
}

function start(request: ManagerRequest): ManagerProcess {
  const own = request.address === undefined ? privateAddress() : undefined
  const cleanUp = () => {
    if (own !== undefined) removeFolder(own.folder)
  }
  process.once('exit', cleanUp)
  const spawned = spawnProcess(
    {
      kind: 'process',
      path: '',
      name: request.name,
      source: request.module,
      stdio: 'inherit',
      maxFrame: request.maxFrame,
      detached: false,
      daemon: true,
      resourceLimits: undefined,
      claims: false,
    },
    main,
  )
  const { transport } = spawned
  const ended = spawned.ended.finally(() => {
    process.off('exit', cleanUp)
    cleanUp()
  })
  ended.catch(() => {})
  const order: ManagerOrder = { ...request, address: request.address ?? own!.address }
  const ready = new Promise<string>((resolve, reject) => {
    const reader = new FrameReader((_type, bytes, from, to) => {
      const outcome = decode(bytes, from, to, NO_HANDLES) as ManagerReady
      if (outcome.ok) resolve(outcome.address)
      else reject(outcome.error)
      return true
    })
    transport.listen({ onBytes: (chunk) => reader.push(chunk), onDrain: () => {}, onClose: () => {} })
    ended.catch(reject)
  })
  ready.catch(() => {})
  transport.send(new FrameWriter().begin(Frame.START).bytes(encodeAlone(order).bytes).take())
  return {
    pid: spawned.pid,
    ready,
    ended,
    stop: () => void transport.send(new FrameWriter().begin(Frame.STOP).take()),
    kill: () => spawned.kill('SIGKILL'),
  }
}
