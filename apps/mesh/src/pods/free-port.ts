import { createServer, type AddressInfo } from 'node:net'

/** A port of 127.0.0.1 without a listener now. Another program can still take it: the pod's next start asks again. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
