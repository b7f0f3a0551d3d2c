import { Process, taskModule } from '@millrace/browser'
import { expect, test } from 'vitest'

type Tasks = { never: () => void }

/** What a worker says, by itself: that it is alive, and, so many milliseconds after it has let go its lock, how it ended. */
const speaker = (late: number) => `
  onmessage = ({ data: { is, lock }, ports: [port] }) => {
    if (is !== 'hello') return
    navigator.locks.request(lock, () => {
      port.postMessage({ is: 'alive', lock })
      return new Promise((letGo) => setTimeout(letGo, 50))
    }).then(() => setTimeout(() => {
      port.postMessage({ is: 'end', ran: true, exitCode: 3, signal: null, stderr: '' })
    }, ${late}))
  }
  postMessage({ mark: 'millrace.1', is: 'exposed' })
`

async function exitCode(late: number): Promise<number | null> {
  const url = URL.createObjectURL(new Blob([speaker(late)], { type: 'text/javascript' }))
  const child = new Process(taskModule<Tasks>(() => new Worker(url)).never).start()
  child.result.catch(() => {})
  await child.join()
  return child.exitCode
}

test('the last word of a worker counts, also if the news that it is gone comes first', async () => {
  expect(await exitCode(60)).toBe(3)
})

test('one that is gone without a word has crashed', async () => {
  expect(await exitCode(60_000)).toBe(1)
})
