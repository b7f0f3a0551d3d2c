import { fork, type SerializationType } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { channelSession } from './channel-session.ts'
import { ipcChannel } from './ipc-channel.ts'
import type { Subject } from './subject.ts'

const program = fileURLToPath(new URL('./child-process-send-child.js', import.meta.url))

/** Node's own channel, with JSON. */
export const json = childProcessSend('json')

/** Node's own channel, with structured clones by `v8.serialize`. */
export const advanced = childProcessSend('advanced')

function childProcessSend(serialization: SerializationType): Subject {
  return {
    async open(load) {
      const child = fork(program, [JSON.stringify(load), serialization], {
        serialization,
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      return channelSession(child, ipcChannel(child, load, serialization), load, () => child.disconnect())
    },
  }
}
