/** A published port, as Docker's proxy makes one: an address of the machine that leads to one of a container. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Opens `127.0.0.1:published:target` towards a container's address; the answer closes it. */
export async function publish(port: string, container: string): Promise<() => void> {
  const [host = '', published, target] = port.split(':')
  const server = createServer((outside) => {
    const inside = connect(Number(target), container)
    outside.pipe(inside).pipe(outside)
    outside.on('error', () => inside.destroy())
    inside.on('error', () => outside.destroy())
  })
  server.listen(Number(published), host)
  await once(server, 'listening')
  return () => void server.close()
}
