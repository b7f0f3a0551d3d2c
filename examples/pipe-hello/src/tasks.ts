import type { Connection } from '@millrace/node'

export async function greet(connection: Connection<string>): Promise<void> {
  console.log(`Processed: ${await connection.recv()}`)
}
