import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Different TCP ports of 127.0.0.1 without a listener now. Another program can still take one, so a start that fails for that reason asks again.
 * They are drawn at random from a range that operating systems do not give to outgoing connections (32768 and up, or 49152 and up) and that has no NodePort of Kubernetes
 * (30000 and up): a port that the system itself proposes is often in use by the time that a child process listens on it. Below it are the
 * console (20001) and OUTBOUND_PORT (21000 and up) of a mesh that is started later.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(22_000, 30_000)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

/** Whether nothing listens at a TCP port of 127.0.0.1. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE' || (error as NodeJS.ErrnoException).code === 'EACCES') return false
    throw error
  }
  server.close()
  await once(server, 'close')
  return true
}
