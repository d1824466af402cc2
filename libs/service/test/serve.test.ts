import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startService, type ServiceProcess } from '@bookinfo/tools/service-process'
import { knownEnv } from '@bookinfo/tools/known-env'

const main = join(import.meta.dirname, 'fixtures/hello-main.ts')

let service: ServiceProcess | undefined
afterEach(() => service?.child.kill('SIGKILL'))

/** Exit code and stderr of a process that is expected to refuse to start. */
async function refusal(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], { env: knownEnv(env), stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const [code] = (await once(child, 'close')) as [number]
  return { code, stderr }
}

test('--help lists the variables of the service and of every service, and exits 0', async () => {
  // A value that would be refused: help comes first.
  const child = spawn(process.execPath, [main, '--help'], { env: knownEnv({ PORT: 'none' }), stdio: ['ignore', 'pipe', 'inherit'] })
  let help = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (help += chunk))
  expect(await once(child, 'close')).toEqual([0, null])
  expect(help).toMatch(/^ {2}PORT +port to listen on \(9080\)$/m)
  expect(help).toMatch(/^ {2}GREETING +what it says \(hello\)$/m)
})

test('it serves, and SIGTERM exits 0', async () => {
  service = await startService(main, { GREETING: 'moin' })
  expect(await (await fetch(service.url)).json()).toEqual({ greeting: 'moin' })
  expect(await service.stop()).toBe(0)
})

test('Ctrl-C exits 0', async () => {
  service = await startService(main)
  service.child.kill('SIGINT')
  expect((await once(service.child, 'close'))[0]).toBe(0)
})

test('a request in flight at SIGTERM is answered', async () => {
  service = await startService(main, { DRAIN_DELAY_MS: '0' })
  const inFlight = fetch(`${service.url}/slow`)
  await expect.poll(service.output).toContain('slow is asked')
  const code = service.stop()
  expect(await (await inFlight).json()).toEqual({ greeting: 'at last' })
  expect(await code).toBe(0)
})

test('readyz says no during the drain delay, and requests are still served', async () => {
  service = await startService(main, { DRAIN_DELAY_MS: '300000' })
  service.child.kill('SIGTERM')
  await expect.poll(async () => (await fetch(`${service?.url}/readyz`)).status, { interval: 20 }).toBe(503)
  expect((await fetch(service.url)).status).toBe(200)
})

test('Ctrl-C ends the drain delay', async () => {
  service = await startService(main, { DRAIN_DELAY_MS: '300000' })
  service.child.kill('SIGTERM')
  await expect.poll(async () => (await fetch(`${service?.url}/readyz`)).status).toBe(503)
  service.child.kill('SIGINT')
  expect((await once(service.child, 'close'))[0]).toBe(0)
})

test('bad configuration is one line that names the variable, and exits 1', async () => {
  expect(await refusal({ PORT: 'abc' })).toEqual({ code: 1, stderr: 'hello: PORT is "abc": expected a port from 0 to 65535\n' })
})

test("a service's own variable is checked too", async () => {
  expect(await refusal({ GREETING: 'HELLO' })).toEqual({
    code: 1,
    stderr: 'hello: GREETING is "HELLO": expected a word in small letters\n',
  })
})

test('a taken port is one line that names PORT, and exits 1', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const { code, stderr } = await refusal({ HOST: '127.0.0.1', PORT: String(port) })
  taken.close()
  expect(code).toBe(1)
  expect(stderr).toMatch(/^hello: PORT is taken \(.*\): expected a free port, set PORT to another one\n$/)
})

test('an address of another machine is one line that names HOST', async () => {
  const { code, stderr } = await refusal({ HOST: '192.0.2.1', PORT: '0' })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^hello: HOST is not an address of this machine \(.*\)\n$/)
})

test('DROP_HEADERS is warned of at the start', async () => {
  service = await startService(main, { DROP_HEADERS: 'X-B3-TraceId, b3' })
  await expect.poll(() => service?.output()).toContain('"headers":["x-b3-traceid","b3"],"msg":"DROP_HEADERS is set')
})

test('a log line carries the ids of its request and trace', async () => {
  service = await startService(main)
  await fetch(service.url, { headers: { 'x-request-id': 'r-1', b3: 'aaaa-bbbb-1' } })
  await expect
    .poll(() => service?.output())
    .toContain('"request_id":"r-1","trace_id":"aaaa","span_id":"bbbb","method":"GET","url":"/","status":200')
})
