import type { Load } from '../../messages/load.ts'
import type { Session, Subject } from '../../messages/subject.ts'

/** What a page offers to the program that has opened it. */
export interface Offer {
  open(load: Load): Promise<void>
  run(messages: number): Promise<number>
  close(): Promise<void>
}

/** Puts the page's subject, of which it has one session, where that program finds it. */
export function offer(subject: Subject): void {
  let session: Promise<Session>
  const offered: Offer = {
    async open(load) {
      session = subject.open(load)
      await session
    },
    run: async (messages) => (await session).run(messages),
    close: async () => (await session).close(),
  }
  Object.assign(globalThis, { offered })
}
