import { once } from 'node:events'
import { type Channel, mover } from './channel.ts'
import type { Load } from './load.ts'
import { type Session, timed } from './subject.ts'

/** A child process or a worker thread. */
interface Child extends NodeJS.EventEmitter {
  once(event: 'exit', listener: (code: number | null, signal?: string | null) => void): this
}

/** The parent's session over a bare channel to `child`, which exits once `hangUp` has closed the channel. */
export function channelSession(child: Child, channel: Channel, load: Load, hangUp: () => void): Session {
  const move = mover(channel, load)
  // Thrown from a listener it ends this program, which is what a measurement without a child should do.
  const died = (code: number | null, signal?: string | null) => {
    throw new Error(`The child ended early, with ${signal ?? `exit code ${code}`}.`)
  }
  child.once('exit', died)
  return {
    run: (messages) => timed(() => move(messages)),
    async close() {
      child.off('exit', died)
      const exited = once(child, 'exit')
      hangUp()
      await exited
    },
  }
}
