import { setTimeout } from 'node:timers/promises'
import { currentProcess, type Queue, type Semaphore } from '@millrace/node'

/** Stays in the room for a while, and tells of its coming and going. */
export async function visit(room: Semaphore, door: Queue<string>): Promise<void> {
  await room.withPermit(async () => {
    await door.put(`in ${currentProcess().name}`)
    await setTimeout(200)
    await door.put(`out ${currentProcess().name}`)
  })
}
