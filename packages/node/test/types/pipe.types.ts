import { Connection, Pipe, Process, type Queue, taskModule, wait } from '@millrace/node'

// Nothing here runs: the compiler checks it, and `@ts-expect-error` fails where it finds no error.

interface Tasks {
  add(client: Connection<readonly [number, number], number>): void
  read(reader: Connection<string, never>): void
}

declare const queue: Queue<string>

export function types(): void {
  const tasks = taskModule<Tasks>(new URL('tasks.ts', import.meta.url))
  const [client, server] = Pipe<number, readonly [number, number]>()
  const sum: Promise<number> = client.recv()
  void client.send([1, 2])
  // @ts-expect-error: it is the other end that sends numbers
  void client.send(3)
  new Process(tasks.add, { args: [server] })
  // @ts-expect-error: the client's end is not the server's
  new Process(tasks.add, { args: [client] })

  const [reader, writer] = Pipe<string>({ duplex: false })
  new Process(tasks.read, { args: [reader] })
  void writer.send('text')
  // @ts-expect-error: this end receives
  void reader.send('text')
  const copy: typeof reader = reader.copy()
  const ready: Promise<Array<typeof copy | Queue<string>>> = wait([copy, queue], { timeout: 10 })
  // @ts-expect-error: a number cannot be waited for
  void wait([1])
  // @ts-expect-error: a Connection comes from Pipe()
  new Connection()
  for (const each of [sum, ready]) void each
}
