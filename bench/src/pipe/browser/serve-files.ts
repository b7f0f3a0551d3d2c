import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FileServer {
  readonly origin: string
  close(): Promise<void>
}

/** Serves files from memory, to this machine alone. */
export async function serveFiles(files: ReadonlyMap<string, string>): Promise<FileServer> {
  const server = createServer(({ url }, response) => {
    const name = url?.slice(1) ?? ''
    const file = files.get(name)
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': typeOf(name) }).end(file)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function typeOf(name: string): string {
  return name.endsWith('.js') ? 'text/javascript' : 'text/html'
}
