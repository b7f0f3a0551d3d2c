import { Barrier, BrokenBarrierError, Process, SharedEvent } from '@millrace/browser'
import { expect, test } from 'vitest'
import { tasks } from './tasks.ts'

async function passOnce(fails: boolean) {
  const [barrier, go] = [new Barrier(2), new SharedEvent()]
  const child = new Process(tasks.passBarrier, { args: [barrier, go, fails] }).start()
  await barrier.wait()
  return { barrier, go, child }
}

test('a worker that ends by itself does no harm to a barrier where it has waited', async () => {
  const { barrier, go, child } = await passOnce(false)
  await go.set()
  await child.join()
  expect(child.exitCode).toBe(0)
  expect(await barrier.broken()).toBe(false)
})

test.each(['kill', 'terminate', 'failure'])('one that ends by %s breaks it', async (how) => {
  const { barrier, go, child } = await passOnce(true)
  const refused = expect(barrier.wait()).rejects.toThrow(BrokenBarrierError)
  if (how === 'failure') await go.set()
  else await child[how as 'kill' | 'terminate']()
  await refused
  await child.join()
})
