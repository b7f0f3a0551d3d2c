import { type Connection, currentProcess } from '@millrace/node'

/** Prints what comes, until the end of file. */
export async function consume(reader: Connection<number, never>): Promise<void> {
  const { name } = currentProcess()
  for await (const item of reader) console.log(`${name} received ${item}`)
  console.log(`${name} met the end of file`)
}
