import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** Different ports of 127.0.0.1 without a listener now. Another program can still take one: the pod's next start asks again. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  try {
    return await Promise.all(
      servers.map(async (server) => {
        await once(server, 'listening')
        return (server.address() as AddressInfo).port
      }),
    )
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}
