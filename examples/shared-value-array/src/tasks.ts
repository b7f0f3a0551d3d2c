import { currentProcess, type SharedArray, type SharedEvent, type SharedValue } from '@millrace/node'

type Shared = [number: SharedValue<'int32'>, numbers: SharedArray<'int32'>]

/** Says what it sees, waits for the change, and says what it sees then. */
export async function lookTwice(number: Shared[0], numbers: Shared[1], seen: SharedEvent, changed: SharedEvent) {
  await look(number, numbers)
  await seen.set()
  await changed.wait()
  await look(number, numbers)
}

/** Says what it sees. */
export async function look(...[number, numbers]: Shared): Promise<void> {
  console.log(`${currentProcess().name}: ${await number.get()} and ${(await numbers.getAll()).join(', ')}`)
}
