import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { channelSession } from '../messages/channel-session.ts'
import type { Subject } from '../messages/subject.ts'
import { batchChannel } from './batch-channel.ts'

const program = fileURLToPath(new URL('./limit-child.js', import.meta.url))

/** The most that batches over a pipe of one's own can do: no semantics, nothing awaited but the pipe itself. */
export const limit: Subject = {
  async open(load) {
    const child = spawn(process.execPath, [program, JSON.stringify(load)], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    })
    const pipe = child.stdio[3] as Socket
    return channelSession(child, batchChannel(pipe, load), load, () => pipe.destroy())
  },
}
