import type { Connection } from '@millrace/node'

export type Pair = readonly [number, number]

/** Answers each pair with its sum, until the client has closed its end. */
export async function add(client: Connection<Pair, number>): Promise<void> {
  for await (const [a, b] of client) await client.send(a + b)
  console.log('server done')
}
