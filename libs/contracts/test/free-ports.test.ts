import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { freePorts } from '../src/free-ports.ts'

test('ports are different, free, and outside of the range that connections are given', async () => {
  const ports = await freePorts(50)
  expect(new Set(ports).size).toBe(50)
  for (const port of ports) expect(port).toBeLessThan(30_000)
  const servers = ports.map((port) => createServer().listen(port, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  expect(servers.map((server) => (server.address() as AddressInfo).port)).toEqual(ports)
  for (const server of servers) server.close()
})
