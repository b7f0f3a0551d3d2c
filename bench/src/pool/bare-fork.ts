import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { rival } from './rival-pool.ts'

const program = fileURLToPath(new URL('./bare-fork-child.js', import.meta.url))

/** One child process, not two, that loads nothing and answers a message: no pool of processes can be sooner. */
export const bareFork = rival(() => {
  const child = fork(program)
  return {
    async call(item) {
      const answer = once(child, 'message')
      child.send(item)
      const [doubled] = await answer
      return doubled
    },
    async close() {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
})
