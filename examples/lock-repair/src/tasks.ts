import { currentProcess, type Lock, type SharedArray, type SharedEvent } from '@millrace/node'

type Accounts = SharedArray<'int32'>

/** Takes money from the first account and never gets to the second one. */
export async function dieHalfway(accounts: Accounts, lock: Lock, halfway: SharedEvent): Promise<void> {
  await lock.acquire()
  await accounts.sub(0, 30)
  console.log(`${currentProcess().name} took 30 from the first account`)
  await halfway.set()
  await new Promise((resolve) => setTimeout(resolve, 60_000))
}

/** Moves money from the first account to the second one, after a look at what its predecessor left. */
export async function transfer(accounts: Accounts, lock: Lock, total: number): Promise<void> {
  const { name } = currentProcess()
  await lock.withLock(async ({ abandoned }) => {
    if (abandoned !== undefined) {
      const [first = 0, second = 0] = await accounts.getAll()
      console.log(
        `${name} has the lock of ${abandoned.replace(/ \(.*/, '')}, and the accounts lack ${total - first - second}`,
      )
      await accounts.add(0, total - first - second)
    }
    await accounts.sub(0, 30)
    await accounts.add(1, 30)
    console.log(`${name} moved 30: ${(await accounts.getAll()).join(' and ')}`)
  })
}
